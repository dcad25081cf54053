package io.github.deit4j.bench.cases;

import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Ceilings.Roof;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Contender;
import io.github.deit4j.bench.measure.Contest;
import io.github.deit4j.bench.measure.ResultTable;
import io.github.deit4j.bench.measure.ResultTable.Column;
import io.github.deit4j.device.Backend;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Where the time of a model goes: the ops of its run of median length, measured inside it. On a
 * device each op is waited for, so that the run is longer than one whose ops are only queued.
 *
 * @param cell the run
 * @param milliseconds of the whole run
 * @param lines the ops, the longest first, and what lies between them
 */
public record Breakdown(Cell cell, double milliseconds, List<Line> lines) {
  /** Of the tables of breakdowns. */
  public static final String TITLE = "Where the time goes";

  private static final String BETWEEN = "(between ops)";

  /**
   * One op.
   *
   * @param op the backend's method
   * @param calls how often
   * @param milliseconds of all calls
   * @param gflops of all calls together; null without products
   * @param gigabytesPerSecond of all calls together; null where not known
   * @param peakFraction share of the FMA peak; null without products
   * @param rooflineFraction share of the roofline; null where neither is known
   * @param share of the run's time
   */
  public record Line(
      String op,
      int calls,
      double milliseconds,
      Double gflops,
      Double gigabytesPerSecond,
      Double peakFraction,
      Double rooflineFraction,
      double share) {}

  private record Run(double milliseconds, OpProfile profile) {}

  /** Copies the lines. */
  public Breakdown {
    lines = List.copyOf(lines);
  }

  /** Returns the table of its lines. */
  public ResultTable<Line> table() {
    return new ResultTable<>(
        TITLE,
        "The run of median length, op by op: %s, %s ms."
            .formatted(cell, ResultTable.number(milliseconds)),
        List.of(
            Column.text("op", 1, Line::op),
            Column.number("calls", Line::calls),
            Column.number("ms", Line::milliseconds),
            Column.number("GFLOP/s", Line::gflops),
            Column.number("GB/s", Line::gigabytesPerSecond),
            Column.number("of peak", line -> ResultTable.percent(line.peakFraction())),
            Column.number("of roof", line -> ResultTable.percent(line.rooflineFraction())),
            Column.number("of the run", line -> ResultTable.percent(line.share()))));
  }

  /** Runs the case until it is warm, and then for the effort's samples. */
  public static Breakdown of(ModelCase model, Contestant contestant, Bench bench) {
    OpProfile profile = new OpProfile();
    List<Run> runs = new ArrayList<>();
    try (Backend backend = contestant.open(bench.threads());
        Workload workload = model.open(ProfiledBackend.of(backend, profile))) {
      Runnable run =
          () -> {
            profile.clear();
            long start = System.nanoTime();
            workload.run();
            runs.add(new Run((System.nanoTime() - start) * 1e-6, profile.copy()));
          };
      Contender contender = Contender.of(contestant.toString(), run);
      int samples =
          Contest.run(bench.effort(), List.of(contender)).getFirst().milliseconds().size();
      List<Run> sorted =
          runs.subList(runs.size() - samples, runs.size()).stream()
              .sorted(Comparator.comparingDouble(Run::milliseconds))
              .toList();
      Cell cell = model.cell(contestant, bench.threads());
      return of(cell, sorted.get(samples / 2), bench.ceilings().roof(cell));
    }
  }

  private static Breakdown of(Cell cell, Run run, Roof roof) {
    List<Line> lines = new ArrayList<>();
    for (OpProfile.Entry entry : run.profile().entries()) {
      double milliseconds = entry.milliseconds();
      lines.add(
          new Line(
              entry.name(),
              entry.calls(),
              milliseconds,
              entry.cost().gflops(milliseconds),
              entry.cost().gigabytesPerSecond(milliseconds),
              roof.shareOfPeak(entry.cost(), milliseconds),
              roof.shareOfRoofline(entry.cost(), milliseconds),
              milliseconds / run.milliseconds()));
    }
    double rest = run.milliseconds() - run.profile().milliseconds();
    lines.add(new Line(BETWEEN, 1, rest, null, null, null, null, rest / run.milliseconds()));
    return new Breakdown(cell, run.milliseconds(), lines);
  }
}
