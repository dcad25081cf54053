package io.github.deit4j.bench;

import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Effort;
import io.github.deit4j.bench.measure.Machine;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.ResultTable;
import io.github.deit4j.bench.measure.ResultTable.Column;
import io.github.deit4j.bench.measure.Watch;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.run.Environment;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The frame of a benchmark: options, ceilings, rows, and how they are shown. */
abstract class MeasuringCommand implements Callable<Integer> {
  private static final int DONE = 0;

  private static final List<String> SIZES = List.of("tiny", "small", "base");

  private static final ResultTable<Map<String, Object>> TABLE =
      new ResultTable<>(
          "",
          "",
          List.of(
              Column.text("backend", 16, row -> row.get("backend")),
              Column.text("model", 31, row -> row.get("model")),
              Column.text("part", 15, row -> row.getOrDefault("part", row.get("layer"))),
              Column.text(
                  "op", 27, row -> Objects.requireNonNullElse(row.get("op"), row.get("benchmark"))),
              number("batch", "batch"),
              Column.text("shape", 14, row -> row.get("shape")),
              Column.number("ms", MeasuringCommand::median),
              number("best ms", "best_ms"),
              number("images/s", "images_per_second"),
              number("GFLOP/s", "gflops"),
              number("GB/s", "gigabytes_per_second"),
              percent("of peak", "peak_fraction"),
              percent("of roof", "roofline_fraction"),
              Column.number(
                  "ratio",
                  row -> row.getOrDefault("ratio_to_openblas", row.get("first_backend_speedup")))));

  @Spec private CommandSpec spec;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "cpu",
      description = "What computes: cpu, openblas, cuda[:n]; several take turns (default: cpu).")
  private List<String> backends;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      defaultValue = "fp32",
      description = "Of cuda: fp32, tf32 or bf16 (default: ${DEFAULT-VALUE}).")
  private String precision;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads, 0 for all processors (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      split = ",",
      description =
          "Only these models: tiny, small, base (distilled, 224 pixels) or registered names; of"
              + " whole models also RegNetYs and fashion-mnist-convnet.")
  private List<String> models = SIZES;

  @Option(names = "--batch", paramLabel = "N", split = ",", description = "Only these batches.")
  private List<Integer> batches;

  @Option(
      names = "--quick",
      description = "Take few samples: for a first look, not for numbers to publish.")
  private boolean quick;

  @Option(names = "--json", description = "Print the rows as one JSON document.")
  private boolean json;

  /** With {@code --quick}. */
  Effort quickEffort = Effort.QUICK;

  private final List<Map<String, Object>> rows = new ArrayList<>();

  abstract void measure(Bench bench, List<Contestant> contestants) throws Exception;

  /** Returns the models that can be measured, by name. */
  List<String> known() {
    return BenchmarkModels.transformers();
  }

  @Override
  public final Integer call() throws Exception {
    check();
    note(Machine.description(Environment.cpu()));
    note("before: " + Machine.surroundings());
    int team = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    Effort effort = quick ? quickEffort : Effort.THOROUGH;
    Ceilings ceilings = Ceilings.ofHost(team, effort);
    note(
        String.format(
            Locale.ROOT,
            "ceilings with %d threads: %.1f GFLOP/s (float32 fma), %.1f GB/s (copy or triad)",
            team,
            ceilings.all().getFirst().value(),
            ceilings.all().getLast().value()));
    List<Contestant> contestants = new ArrayList<>();
    for (String name : backends) {
      // In another one than was asked for if it can do no other.
      Set<Precision> can = Backends.provider(name).orElseThrow().capabilities().precisions();
      Precision own = Precision.of(precision).filter(can::contains).orElse(Precision.FP32);
      try (Backend backend = Backends.select(name, team, own).backend()) {
        note(backend.description());
        contestants.add(Contestant.of(backend, own));
      }
    }
    measure(new Bench(team, effort, ceilings, new Watch()), contestants);
    if (json) {
      spec.commandLine().getOut().print(JsonWriter.pretty(rows));
      spec.commandLine().getOut().flush();
    }
    note("after: " + Machine.surroundings());
    return DONE;
  }

  /** Throws what picocli reports as a usage error, where a value is out of range. */
  void check() {
    for (String backend : backends) {
      require(Backends.provider(backend).isPresent(), "--backend", Backends.deviceNames(), backend);
    }
    require(Precision.of(precision).isPresent(), "--precision", "fp32, tf32 or bf16", precision);
    require(threads >= 0, "--threads", "0 (all) or more", threads);
    for (String model : models) {
      require(
          SIZES.contains(model) || known().contains(model),
          "--model",
          "tiny, small, base or one of " + String.join(", ", known()),
          model);
    }
    for (int batch : batches(List.of())) {
      require(batch >= 1, "--batch", "1 or more", batch);
    }
  }

  final void require(boolean condition, String option, String expected, Object found) {
    if (!condition) {
      throw new ParameterException(
          spec.commandLine(), "%s: expected %s, found %s".formatted(option, expected, found));
    }
  }

  final List<String> models() {
    return models.stream()
        .map(name -> SIZES.contains(name) ? "deit_" + name + "_distilled_patch16_224" : name)
        .toList();
  }

  final List<Integer> batches(List<Integer> otherwise) {
    return batches == null ? otherwise : batches;
  }

  /** Says something to people, beside the results. */
  final void note(String message) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(message);
    err.flush();
  }

  final void show(Map<String, Object> row) {
    if (rows.isEmpty()) {
      print(TABLE.head());
    }
    rows.add(row);
    print(TABLE.line(row));
  }

  final void show(Breakdown breakdown, Map<String, Object> row) {
    rows.add(row);
    print(breakdown.table().text(breakdown.lines()));
  }

  private void print(String text) {
    if (!json) {
      spec.commandLine().getOut().println(text);
      spec.commandLine().getOut().flush();
    }
  }

  /**
   * Returns a measurement as a row, which is a JSON object.
   *
   * @param more further keys, or other values of those that every row has
   */
  static Map<String, Object> row(Measurement measured, Map<String, Object> more) {
    Map<String, Object> row = measured.toRow();
    row.putAll(more);
    return Measurement.rounded(row);
  }

  private static Column<Map<String, Object>> number(String title, String key) {
    return Column.number(title, row -> row.get(key));
  }

  private static Column<Map<String, Object>> percent(String title, String key) {
    return Column.number(title, row -> ResultTable.percent((Double) row.get(key)));
  }

  private static Object median(Map<String, Object> row) {
    return (row.get("noise") == null ? "" : "~")
        + ResultTable.number((Double) row.get("median_ms"));
  }
}
