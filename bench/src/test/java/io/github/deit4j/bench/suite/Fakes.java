package io.github.deit4j.bench.suite;

import io.github.deit4j.device.Precision;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Trials that nobody runs and numbers that nobody has measured. */
final class Fakes {
  static final String TINY = "deit_tiny_distilled_patch16_224";
  static final Contestant CPU = Contestant.of("cpu");
  static final Contestant GPU = new Contestant("cuda:0", Precision.BF16);

  private Fakes() {}

  static Trial trial(Trial.Kind kind, int batch, Contestant... contestants) {
    return new Trial(kind, kind == Trial.Kind.DATA ? null : TINY, batch, 2, List.of(contestants));
  }

  static Trial inference(int batch) {
    return trial(Trial.Kind.INFERENCE, batch, CPU);
  }

  static Round round(double... milliseconds) {
    return new Round(DoubleStream.of(milliseconds).boxed().toList(), 100, 0.01, null);
  }

  static TrialResult.CellRound cell(Trial trial, Contestant contestant, Round round) {
    Cell cell =
        new Cell(
            trial.kind().section(),
            contestant.backend(),
            contestant.precision(),
            trial.model(),
            trial.kind().op(),
            trial.batch(),
            List.of(trial.batch(), 3, 224, 224),
            trial.threads());
    return new TrialResult.CellRound(cell, 2e9 * trial.batch(), null, round);
  }

  /** Returns what a quiet machine would measure: 20 ms an image. */
  static TrialResult result(Trial trial) {
    if (trial.kind() == Trial.Kind.CEILINGS) {
      return new TrialResult(
          List.of(
              new Ceiling("cpu", Ceiling.Kind.ARITHMETIC, Precision.FP32, trial.threads(), 200),
              new Ceiling("cpu", Ceiling.Kind.MEMORY, Precision.FP32, trial.threads(), 30)),
          List.of(),
          List.of(),
          List.of());
    }
    if (trial.kind() == Trial.Kind.BREAKDOWN) {
      Trial step = new Trial(Trial.Kind.TRAIN_STEP, trial.model(), trial.batch(), 2, List.of(CPU));
      Cell cell = cell(step, CPU, round(1)).cell();
      return new TrialResult(
          List.of(), List.of(), List.of(new StepBreakdown(cell, 1, List.of())), List.of());
    }
    return TrialResult.of(
        trial.contestants().stream()
            .map(each -> cell(trial, each, round(20.0 * trial.batch(), 20.2 * trial.batch())))
            .toList(),
        List.of());
  }

  static Environment environment(String build) {
    return new Environment(
        "2026-11-24T18:00:00Z",
        "0.1.0",
        null,
        build,
        "a processor",
        2,
        1L << 34,
        "Linux, 6.1, amd64",
        "25, Temurin",
        List.of("-Xmx2g"),
        Map.of("cpu", "cpu: vectors of 512 bits"));
  }

  static Settings settings(int rounds, int budgetSeconds) {
    return new Settings(true, rounds, budgetSeconds, List.of(1, 2));
  }

  /**
   * Returns a report with one cell for each array: its samples, the same number for each round.
   *
   * @param rounds of each cell
   */
  static SuiteReport report(double[][]... rounds) {
    Results results = new Results(environment("b"), settings(rounds[0].length, 100));
    IntStream.range(0, rounds.length)
        .forEach(
            i -> {
              for (double[] samples : rounds[i]) {
                results.add(
                    TrialResult.of(
                        List.of(cell(inference(i + 1), CPU, round(samples))), List.of()));
              }
            });
    return results.report();
  }
}
