package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Row;
import io.github.deit4j.bench.measure.Table;
import io.github.deit4j.bench.measure.Table.Column;
import io.github.deit4j.device.Backend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Measures whole models. */
@Command(name = "model", description = "Measures inference and training steps of whole models.")
final class ModelCommand extends Measuring {
  private static final List<Column> COLUMNS =
      List.of(
          Column.text("backend", 16),
          Column.text("model", 31),
          Column.text("mode", 10),
          Column.number("batch", 0),
          Column.number("median ms", 2),
          Column.number("best ms", 2),
          Column.number("images/s", 2),
          Column.number("GFLOP/s", 1),
          Column.number("of peak", 3),
          Column.number("first is × as fast", 3));

  private static final List<Column> BREAKDOWN =
      List.of(
          Column.text("op", 28),
          Column.number("calls", 0),
          Column.number("ms", 3),
          Column.number("GFLOP/s", 1),
          Column.number("GB/s", 1),
          Column.number("of peak", 3),
          Column.number("of roof", 3),
          Column.number("% of all", 1));

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

  ModelCommand() {}

  @Override
  List<String> models() {
    return BenchmarkModels.names();
  }

  @Override
  void measure(BenchOptions chosen, Ceilings ceilings) throws IOException {
    List<ModelCase> cases = ModelCase.all(chosen.models(), modes, chosen.batches(List.of()));
    List<Backend> backends = new ArrayList<>();
    try {
      for (String name : chosen.backends()) {
        Backend backend = chosen.open(name);
        backends.add(backend);
        note(backend.description());
      }
      if (breakdown) {
        breakDown(chosen, ceilings, backends, cases);
      } else {
        compare(chosen, ceilings, backends, cases);
      }
    } finally {
      backends.forEach(Backend::close);
    }
  }

  private void compare(
      BenchOptions chosen, Ceilings ceilings, List<Backend> backends, List<ModelCase> cases)
      throws IOException {
    PeerLauncher launcher = peers == null ? null : new PeerLauncher(peers, backends.getFirst());
    try (Results results = new Results(COLUMNS, ModelCommand::line)) {
      ModelBench bench = new ModelBench(ceilings, chosen.effort(), backends, launcher, this::note);
      for (ModelCase model : cases) {
        bench.measure(model, results::add);
      }
    }
  }

  private static Object[] line(Row row) {
    return new Object[] {
      row.backend(),
      row.model(),
      row.benchmark(),
      row.batch(),
      row.time().median(),
      row.time().best(),
      row.imagesPerSecond(),
      row.gflops(),
      row.peakFraction(),
      row.more().get("first_backend_speedup")
    };
  }

  private void breakDown(
      BenchOptions chosen, Ceilings ceilings, List<Backend> backends, List<ModelCase> cases) {
    List<Map<String, Object>> documents = new ArrayList<>();
    for (ModelCase model : cases) {
      for (Backend backend : backends) {
        Breakdown parts = Breakdown.of(model, backend, ceilings, chosen.effort());
        if (chosen.json()) {
          documents.add(toJson(model, backend, ceilings, parts));
        } else {
          print(model, backend, parts);
        }
      }
    }
    if (chosen.json()) {
      printJson(documents);
    }
  }

  private void print(ModelCase model, Backend backend, Breakdown parts) {
    note(
        "%s, %s, batch %d, %s: %.2f ms"
            .formatted(
                model.model(),
                model.mode().id(),
                model.batch(),
                backend.name(),
                parts.milliseconds()));
    Table table = table(BREAKDOWN);
    for (Breakdown.Line line : parts.lines()) {
      table.add(
          line.op(),
          line.calls(),
          line.milliseconds(),
          line.gflops(),
          line.gigabytesPerSecond(),
          line.peakFraction(),
          line.rooflineFraction(),
          100 * line.share());
    }
  }

  private static Map<String, Object> toJson(
      ModelCase model, Backend backend, Ceilings ceilings, Breakdown parts) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("benchmark", model.mode().id());
    json.put("backend", backend.name());
    json.put("model", model.model());
    json.put("batch", model.batch());
    json.put("threads", ceilings.threads());
    json.put("median_ms", parts.milliseconds());
    json.put("ops", parts.lines().stream().map(Breakdown.Line::toJson).toList());
    return json;
  }

  /** Reads a mode's name. */
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
