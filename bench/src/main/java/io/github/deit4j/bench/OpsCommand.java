package io.github.deit4j.bench;

import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.cases.OpContest;
import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Measurement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** Measures a backend's ops, one by one. */
@Command(
    name = "ops",
    description = "Measures every op alone, forward and backward, against the roofline.")
final class OpsCommand extends MeasuringCommand {
  private static final List<Integer> BATCHES = List.of(8);

  OpsCommand() {}

  @Override
  void measure(Bench bench, List<Contestant> contestants) {
    begin(
        text("backend", 8, "backend"),
        text("model", 31, "model"),
        text("part", 13, "part"),
        text("op", 27, "op"),
        number("batch", "batch"),
        text("result", 18, "shape"),
        median(),
        number("best ms", "best_ms"),
        number("GFLOP/s", "gflops"),
        number("GB/s", "gigabytes_per_second"),
        percent("of roof", "roofline_fraction"));
    for (String model : models()) {
      for (int batch : batches(BATCHES)) {
        OpContest.measure(
            bench,
            model,
            batch,
            contestants,
            (_, _) -> true,
            found -> found.forEach(each -> show(row(each))));
      }
    }
  }

  private static Map<String, Object> row(Measurement measured) {
    String[] name = measured.cell().op().split("/", 2);
    Map<String, Object> more = new LinkedHashMap<>();
    more.put("op", name[1]);
    more.put("part", name[0]);
    more.put("gigabytes_per_second", measured.gigabytesPerSecond());
    more.put("roofline_fraction", measured.rooflineFraction());
    return row(measured, more);
  }
}
