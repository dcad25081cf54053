package io.github.deit4j.bench;

import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.cases.OpContest;
import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Measurement;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** Measures a backend's ops, one by one. */
@Command(
    name = "ops",
    description = "Measures every op alone, forward and backward, against the roofline.")
final class OpsCommand extends MeasuringCommand {
  private static final List<Integer> BATCHES = List.of(8);

  @Override
  void measure(Bench bench, List<Contestant> contestants) {
    for (String model : models()) {
      for (int batch : batches(BATCHES)) {
        new OpContest(bench, model, batch, contestants)
            .measure((_, _) -> true, found -> found.forEach(this::show));
      }
    }
  }

  private void show(Measurement measured) {
    String[] name = measured.cell().op().split("/", 2);
    show(measured, null, null, Map.of("part", name[0], "op", name[1]));
  }
}
