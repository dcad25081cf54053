package io.github.deit4j.bench;

import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.ResultTable;
import io.github.deit4j.bench.measure.ResultTable.Column;
import io.github.deit4j.bench.measure.Watch;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** The frame of a benchmark of models: options, ceilings, and how rows are shown. */
abstract class MeasuringCommand extends TimingCommand {
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

  abstract void measure(Bench bench, List<Contestant> contestants) throws Exception;

  /** Returns the models that can be measured, by name. */
  List<String> known() {
    return BenchmarkModels.transformers();
  }

  @Override
  final void run(Effort effort) throws Exception {
    int team = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
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
  }

  /** Returns what was asked for; not every backend can do it. */
  final Precision precision() {
    return Precision.of(precision).orElseThrow();
  }

  @Override
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

  final List<String> models() {
    return models.stream()
        .map(name -> SIZES.contains(name) ? "deit_" + name + "_distilled_patch16_224" : name)
        .toList();
  }

  final List<Integer> batches(List<Integer> otherwise) {
    return batches == null ? otherwise : batches;
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
    if (add(json)) {
      print(TABLE.head());
    }
    print(TABLE.line(new Row(measured, compared)));
  }

  final void show(Breakdown breakdown, Map<String, Object> json) {
    add(json);
    print(breakdown.table().text(breakdown.lines()));
  }
}
