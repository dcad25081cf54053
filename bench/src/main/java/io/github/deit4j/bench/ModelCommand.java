package io.github.deit4j.bench;

import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.cases.ModelCase;
import io.github.deit4j.bench.cases.Peer.Library;
import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.Measurement.Samples;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "model", description = "Measures inference and training steps of whole models.")
final class ModelCommand extends MeasuringCommand {
  private static final List<String> MODES =
      List.of(Section.INFERENCE.id(), Section.TRAIN_STEP.id());

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      split = ",",
      description = "Only inference, or only train_step.")
  private List<String> modes = MODES;

  @Option(
      names = "--breakdown",
      description = "Show where the time goes, by op, instead of comparing.")
  private boolean breakdown;

  @Option(
      names = "--peers",
      paramLabel = "DIR",
      arity = "0..1",
      fallbackValue = "bench/peers/target",
      description =
          "Compare with ONNX Runtime and PyTorch, made by mvn -Ppeers package (default:"
              + " ${FALLBACK-VALUE}).")
  private Path peers;

  private final Set<String> told = new HashSet<>();

  @Override
  List<String> known() {
    return BenchmarkModels.names();
  }

  @Override
  void check() {
    super.check();
    for (String mode : modes) {
      require(MODES.contains(mode), "--mode", "inference or train_step", mode);
    }
  }

  @Override
  void measure(Bench bench, List<Contestant> contestants) {
    List<Section> chosen =
        modes.stream().map(mode -> Section.valueOf(mode.toUpperCase(Locale.ROOT))).toList();
    List<ModelCase> cases = ModelCase.all(models(), chosen, batches(List.of()));
    if (breakdown) {
      for (ModelCase model : cases) {
        for (Contestant contestant : contestants) {
          Breakdown found = Breakdown.of(model, contestant, bench);
          show(found, document(found));
        }
      }
      return;
    }
    for (ModelCase model : cases) {
      List<Contestant> all = new ArrayList<>(contestants);
      if (peers != null) {
        Library.of(model.section()).forEach(peer -> all.add(peer.contestant(precision())));
      }
      List<Measurement> found =
          model.measure(bench, all, peers, this::noteOnce, ModelCommand::rethrow);
      Samples first = found.getFirst().samples();
      for (Measurement each : found) {
        double speedup = first.speedupOver(each.samples());
        show(each, "first_backend_speedup", speedup, Map.of());
      }
    }
  }

  private void noteOnce(String note) {
    if (told.add(note)) {
      note(note);
    }
  }

  private static void rethrow(Contestant contestant, RuntimeException e) {
    throw e;
  }

  private static Map<String, Object> document(Breakdown breakdown) {
    Cell cell = breakdown.cell();
    List<Map<String, Object>> ops = new ArrayList<>();
    for (Breakdown.Line line : breakdown.lines()) {
      Map<String, Object> op = new LinkedHashMap<>();
      RecordJson.object(line)
          .forEach((key, value) -> op.put(key.equals("milliseconds") ? "ms" : key, value));
      ops.add(op);
    }
    Map<String, Object> document = RecordJson.object(cell);
    document.put("benchmark", cell.section().id());
    document.put("median_ms", Measurement.rounded(breakdown.milliseconds()));
    document.put("ops", ops);
    return document;
  }
}
