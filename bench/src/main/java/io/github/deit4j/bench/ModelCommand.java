package io.github.deit4j.bench;

import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.cases.ModelCase;
import io.github.deit4j.bench.cases.ModelContest;
import io.github.deit4j.bench.cases.Peer;
import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.Samples;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Measures whole models. */
@Command(name = "model", description = "Measures inference and training steps of whole models.")
final class ModelCommand extends MeasuringCommand {
  @Option(
      names = "--mode",
      paramLabel = "MODE",
      split = ",",
      converter = ModeConverter.class,
      description = "Only inference, or only train_step.")
  private List<ModelCase.Mode> modes = List.of(ModelCase.Mode.values());

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

  ModelCommand() {}

  @Override
  List<String> known() {
    return BenchmarkModels.names();
  }

  @Override
  void measure(Bench bench, List<Contestant> contestants) {
    List<ModelCase> cases = ModelCase.all(models(), modes, batches(List.of()));
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
        Peer.of(model.mode()).forEach(peer -> all.add(peer.contestant()));
      }
      List<Measurement> found =
          ModelContest.measure(bench, model, all, peers, this::noteOnce, ModelCommand::rethrow);
      Samples first = found.getFirst().samples();
      for (Measurement each : found) {
        double speedup = first.speedupOver(each.samples());
        show(row(each, Map.of("first_backend_speedup", speedup)));
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
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("benchmark", cell.section().id());
    document.put("backend", cell.backend());
    document.put("model", cell.model());
    document.put("batch", cell.batch());
    document.put("threads", cell.threads());
    document.put("median_ms", breakdown.milliseconds());
    document.put("ops", breakdown.lines().stream().map(ModelCommand::line).toList());
    return Measurement.rounded(document);
  }

  private static Map<String, Object> line(Breakdown.Line line) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("op", line.op());
    json.put("calls", line.calls());
    json.put("ms", line.milliseconds());
    json.put("gflops", line.gflops());
    json.put("gigabytes_per_second", line.gigabytesPerSecond());
    json.put("peak_fraction", line.peakFraction());
    json.put("roofline_fraction", line.rooflineFraction());
    json.put("share", line.share());
    return Measurement.rounded(json);
  }

  static final class ModeConverter implements ITypeConverter<ModelCase.Mode> {
    ModeConverter() {}

    @Override
    public ModelCase.Mode convert(String id) {
      return Arrays.stream(ModelCase.Mode.values())
          .filter(mode -> mode.id().equals(id))
          .findFirst()
          .orElseThrow(
              () -> new TypeConversionException("expected inference or train_step, found " + id));
    }
  }
}
