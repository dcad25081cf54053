package io.github.deit4j.bench;

import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.bench.measure.Machine;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.ResultTable;
import io.github.deit4j.bench.measure.ResultTable.Column;
import io.github.deit4j.bench.measure.Watch;
import io.github.deit4j.cli.ExitCode;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.run.Environment;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The frame of a benchmark: options, ceilings, rows, and how they are shown. */
abstract class MeasuringCommand implements Callable<Integer> {
  private static final List<String> SIZES = List.of("tiny", "small", "base");

  /** A measurement, and how it compares with another. */
  private record Row(Measurement measured, Double ratio) {}

  private static final ResultTable<Row> TABLE =
      new ResultTable<>(
          "",
          "",
          Stream.concat(
                  SuiteFiles.MEASURED.stream().map(column -> column.of(Row::measured)),
                  Stream.of(Column.number("ratio", Row::ratio)))
              .toList());

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
      description = "fp32, bf16 or, of cuda, tf32 (default: ${DEFAULT-VALUE}).")
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
    note(Environment.cpu() + ", Java " + Runtime.version());
    note("before: " + Machine.surroundings());
    int team = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    Effort effort = quick ? quickEffort : Effort.THOROUGH;
    Ceilings ceilings = Ceilings.ofHost(team, effort, precision());
    ceilings.all().forEach(each -> note("ceiling of %s: %s".formatted(each.name(), each.shown())));
    List<Contestant> contestants = new ArrayList<>();
    for (String name : backends) {
      // In another one than was asked for if it can do no other.
      Set<Precision> can = Backends.provider(name).orElseThrow().capabilities().precisions();
      Precision own = can.contains(precision()) ? precision() : Precision.FP32;
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
    return ExitCode.OK;
  }

  /** Returns what was asked for; not every backend can do it. */
  final Precision precision() {
    return Precision.of(precision).orElseThrow();
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

  /**
   * Shows a measurement as it comes.
   *
   * @param ratio its key, and how it compares with another; null where it is not compared
   * @param more further keys of the JSON, or other values of those that every row has
   */
  final void show(Measurement measured, String ratio, Double compared, Map<String, ?> more) {
    Map<String, Object> json = measured.toRow();
    json.putAll(more);
    if (ratio != null) {
      json.put(ratio, compared == null ? null : Measurement.rounded(compared));
    }
    if (rows.isEmpty()) {
      print(TABLE.head());
    }
    rows.add(json);
    print(TABLE.line(new Row(measured, compared)));
  }

  final void show(Breakdown breakdown, Map<String, Object> json) {
    rows.add(json);
    print(breakdown.table().text(breakdown.lines()));
  }

  private void print(String text) {
    if (!json) {
      spec.commandLine().getOut().println(text);
      spec.commandLine().getOut().flush();
    }
  }
}
