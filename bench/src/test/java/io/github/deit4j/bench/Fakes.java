package io.github.deit4j.bench;

import io.github.deit4j.bench.Findings.Part;
import io.github.deit4j.bench.SuiteReport.Settings;
import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Ceilings.Ceiling;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.Measurement.Round;
import io.github.deit4j.bench.measure.Watch.Noise;
import io.github.deit4j.device.Precision;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Trials that nobody runs and numbers that nobody has measured. */
final class Fakes {
  static final String TINY = "deit_tiny_distilled_patch16_224";
  static final Contestant CPU = Contestant.CPU;
  static final Contestant GPU = new Contestant("cuda:0", Precision.BF16, true);

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

  static Measurement measurement(Trial trial, Contestant contestant, Round... rounds) {
    List<Integer> shape = List.of(trial.batch(), 3, 224, 224);
    Cell cell = trial.cell(contestant, trial.kind().op, shape);
    Cost cost = new Cost(2e9 * trial.batch(), 0);
    List<Round> all = List.of(rounds);
    return Measurement.of(cell, cost, all, Ceilings.NONE, Noise.of(all.stream()));
  }

  /** Returns what was measured of one contestant. */
  static Part part(Trial trial, Contestant contestant, Round round) {
    return Part.of(List.of(measurement(trial, contestant, round)), List.of());
  }

  /** Returns what a quiet machine would measure: 20 ms an image. */
  static Part result(Trial trial) {
    if (trial.kind() == Trial.Kind.CEILINGS) {
      return new Part(
          List.of(
              new Ceiling("cpu", Ceiling.Kind.ARITHMETIC, Precision.FP32, trial.threads(), 200),
              new Ceiling("cpu", Ceiling.Kind.MEMORY, Precision.FP32, trial.threads(), 30)),
          List.of(),
          List.of(),
          List.of());
    }
    if (trial.kind() == Trial.Kind.BREAKDOWN) {
      Trial step = new Trial(Trial.Kind.TRAIN_STEP, trial.model(), trial.batch(), 2, List.of(CPU));
      Cell cell = measurement(step, CPU, round(1)).cell();
      return new Part(List.of(), List.of(), List.of(new Breakdown(cell, 1, List.of())), List.of());
    }
    Round round = round(20.0 * trial.batch(), 20.2 * trial.batch());
    return Part.of(
        trial.contestants().stream().map(each -> measurement(trial, each, round)).toList(),
        List.of());
  }

  static Testbed environment(String build) {
    return new Testbed(
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

  static Findings findings(int rounds, int budgetSeconds) {
    return new Findings(environment("b"), settings(rounds, budgetSeconds));
  }

  /**
   * Returns a report with one cell for each array: its samples, the same number for each round.
   *
   * @param rounds of each cell
   */
  static SuiteReport report(double[][]... rounds) {
    Findings findings = findings(rounds[0].length, 100);
    IntStream.range(0, rounds.length)
        .forEach(
            i -> {
              for (double[] samples : rounds[i]) {
                findings.add(part(inference(i + 1), CPU, round(samples)));
              }
            });
    return findings.report();
  }
}
