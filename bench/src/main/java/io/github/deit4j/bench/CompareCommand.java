package io.github.deit4j.bench;

import io.github.deit4j.bench.CompareCommand.Comparison.Difference;
import io.github.deit4j.bench.CompareCommand.Comparison.Verdict;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.Measurement.Timing;
import io.github.deit4j.bench.measure.ResultTable;
import io.github.deit4j.bench.measure.ResultTable.Column;
import io.github.deit4j.bench.measure.Watch.Noise;
import io.github.deit4j.cli.ExitCode;
import io.github.deit4j.json.JsonWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code deit bench compare}. */
@Command(
    name = "compare",
    description = {
      "Say what is faster or slower in the second of two reports of bench suite, beyond the noise",
      "of both. Exit code 1 if something is slower."
    })
final class CompareCommand implements Callable<Integer> {
  private static final int SLOWER = 1;

  private static final ResultTable<Difference> TABLE =
      new ResultTable<>(
          "Differences",
          "",
          List.of(
              Column.text("", 7, each -> each.verdict().name().toLowerCase(Locale.ROOT)),
              Column.number("time %", each -> 100 * (each.timeRatio() - 1)),
              Column.number("noise %", each -> 100 * each.margin()),
              Column.number("first ms", Difference::firstMs),
              Column.number("second ms", Difference::secondMs),
              Column.text("of", 1, Difference::cell)));

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "A.json", description = "The report to compare with.")
  private Path first;

  @Parameters(index = "1", paramLabel = "B.json", description = "The report that is judged.")
  private Path second;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    SuiteReport before = SuiteReport.read(first);
    SuiteReport after = SuiteReport.read(second);
    Comparison comparison = Comparison.of(before, after);
    PrintWriter out = spec.commandLine().getOut();
    List<Difference> slower = comparison.of(Verdict.SLOWER);
    if (json) {
      out.print(JsonWriter.pretty(RecordJson.object(comparison)));
    } else {
      List<Difference> faster = comparison.of(Verdict.FASTER);
      List<Difference> all = comparison.differences();
      after
          .environment()
          .differences(before.environment())
          .forEach(each -> out.println("other " + each));
      out.print(TABLE.text(Stream.of(slower, faster).flatMap(List::stream).toList()));
      comparison.onlyInFirst().forEach(each -> out.println("only in the first   " + each));
      comparison.onlyInSecond().forEach(each -> out.println("only in the second  " + each));
      out.printf(
          "%d cells in both: %d slower, %d faster, %d the same within the noise; %d are noisy, and"
              + " their margin is wider%n",
          all.size(),
          slower.size(),
          faster.size(),
          all.size() - slower.size() - faster.size(),
          all.stream().filter(Difference::noisy).count());
    }
    out.flush();
    return slower.isEmpty() ? ExitCode.OK : SLOWER;
  }

  /**
   * Two reports, cell by cell. A cell is faster or slower only if
   *
   * <ol>
   *   <li>each median lies outside the other's range from the 10th to the 90th percentile, and
   *   <li>the ratio of the medians is beyond the margin: {@code max(3 %, 5·s·√(1/a + 1/b))}, with a
   *       and b rounds in the two runs and s the standard deviation of the logarithms of round
   *       medians, the cell's own or the middle one of all cells, whichever is larger. If a
   *       measurement is marked as noisy, the margin is also what its clock or load may have done:
   *       a round at 80 % of the run's best clock may have taken 1.25 times as long.
   * </ol>
   *
   * Rounds are measured in JVMs of their own, minutes apart, so s has in it what differs from one
   * run to the next. With few rounds a cell's own s is known badly, and may be small by chance;
   * hence the second one. Five standard errors, since hundreds of cells are looked at.
   */
  record Comparison(List<Difference> differences, List<Cell> onlyInFirst, List<Cell> onlyInSecond) {
    private static final double LEAST_MARGIN = 0.03;
    private static final double STANDARD_ERRORS = 5;

    /** The range from the 10th to the 90th percentile of a normal distribution, in its sigmas. */
    private static final double SPREAD = 2.563;

    /** What a comparison comes to: less time beyond the noise, more, or what may be noise. */
    enum Verdict {
      FASTER,
      SLOWER,
      SAME
    }

    /**
     * A cell in both reports.
     *
     * @param timeRatio the second's median over the first's: below 1 is faster
     * @param margin how far from 1, as a factor, the ratio must be to count
     * @param noisy whether the margin is wider, since one of the measurements is marked as noisy
     */
    record Difference(
        Cell cell,
        double firstMs,
        double secondMs,
        double timeRatio,
        double margin,
        boolean noisy,
        Verdict verdict) {}

    static Comparison of(SuiteReport first, SuiteReport second) {
      Map<Cell, Measurement> after = new LinkedHashMap<>();
      second.measurements().forEach(each -> after.put(each.cell(), each));
      double[] deviations =
          Stream.of(first, second)
              .flatMap(report -> report.measurements().stream())
              .mapToDouble(each -> deviation(each.time()))
              .sorted()
              .toArray();
      double usual = deviations.length == 0 ? 0 : deviations[deviations.length / 2];
      Noise firstNoise = first.noise();
      Noise secondNoise = second.noise();
      List<Difference> differences = new ArrayList<>();
      List<Cell> onlyInFirst = new ArrayList<>();
      for (Measurement each : first.measurements()) {
        Measurement other = after.remove(each.cell());
        if (other == null) {
          onlyInFirst.add(each.cell());
        } else {
          double disturbance =
              Math.max(disturbance(each, firstNoise), disturbance(other, secondNoise));
          differences.add(difference(each, other, usual, disturbance));
        }
      }
      return new Comparison(differences, onlyInFirst, List.copyOf(after.keySet()));
    }

    /** Returns the logarithm of how many times as long a noisy cell may have taken. */
    private static double disturbance(Measurement measurement, Noise noise) {
      return measurement.noisy() ? Math.log(noise.disturbance(measurement.rounds())) : 0;
    }

    private static Difference difference(
        Measurement first, Measurement second, double usual, double disturbance) {
      Timing a = first.time();
      Timing b = second.time();
      double pooled = Math.sqrt((square(deviation(a)) + square(deviation(b))) / 2);
      double errors = Math.sqrt(1.0 / a.roundMedians().size() + 1.0 / b.roundMedians().size());
      double error = STANDARD_ERRORS * Math.max(usual, pooled) * errors;
      double margin = Math.max(Math.log1p(LEAST_MARGIN), error) + disturbance;
      double ratio = Math.log(b.median() / a.median());
      boolean apart = isOutside(a.median(), b) && isOutside(b.median(), a);
      Verdict verdict = Verdict.SAME;
      if (apart && Math.abs(ratio) > margin) {
        verdict = ratio < 0 ? Verdict.FASTER : Verdict.SLOWER;
      }
      return new Difference(
          first.cell(),
          a.median(),
          b.median(),
          Math.exp(ratio),
          Math.expm1(margin),
          disturbance > 0,
          verdict);
    }

    private static boolean isOutside(double median, Timing range) {
      return median < range.p10() || median > range.p90();
    }

    /** Of the logarithms of round medians; of a single round of its samples, which differ more. */
    private static double deviation(Timing time) {
      List<Double> medians = time.roundMedians();
      if (medians.size() == 1) {
        return Math.log(time.p90() / time.p10()) / SPREAD;
      }
      double mean = medians.stream().mapToDouble(Math::log).average().orElseThrow();
      double squares = medians.stream().mapToDouble(each -> square(Math.log(each) - mean)).sum();
      return Math.sqrt(squares / (medians.size() - 1));
    }

    private static double square(double x) {
      return x * x;
    }

    List<Difference> of(Verdict verdict) {
      Comparator<Difference> bySize =
          Comparator.comparingDouble(each -> Math.abs(Math.log(each.timeRatio())));
      return differences.stream()
          .filter(each -> each.verdict() == verdict)
          .sorted(bySize.reversed())
          .toList();
    }
  }
}
