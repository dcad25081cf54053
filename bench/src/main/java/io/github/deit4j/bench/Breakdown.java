package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Contender;
import io.github.deit4j.bench.measure.Contest;
import io.github.deit4j.bench.measure.Effort;
import io.github.deit4j.bench.measure.Samples;
import io.github.deit4j.device.Backend;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the time of a model goes: the ops of its run of median length, measured inside it. On a
 * device each op is waited for, so that the run is longer than one whose ops are only queued.
 *
 * @param milliseconds of the whole run
 * @param lines the ops, the longest first, and what lies between them
 */
public record Breakdown(double milliseconds, List<Line> lines) {
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
      double share) {
    Map<String, Object> toJson() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("op", op);
      json.put("calls", calls);
      json.put("ms", milliseconds);
      json.put("gflops", gflops);
      json.put("gigabytes_per_second", gigabytesPerSecond);
      json.put("peak_fraction", peakFraction);
      json.put("roofline_fraction", rooflineFraction);
      json.put("share", share);
      return json;
    }
  }

  private record Run(double milliseconds, OpProfile profile) {}

  /** Runs the case until it is warm, and then for the effort's samples. */
  public static Breakdown of(ModelCase model, Backend backend, Ceilings ceilings, Effort effort) {
    OpProfile profile = new OpProfile();
    List<Run> runs = new ArrayList<>();
    try (Backend profiled = ProfiledBackend.of(backend, profile);
        Workload workload = model.open(profiled)) {
      Contender contender =
          Contender.of(
              backend.name(),
              () -> {
                profile.clear();
                long start = System.nanoTime();
                workload.run();
                runs.add(new Run((System.nanoTime() - start) * 1e-6, profile.copy()));
              });
      Samples samples = Contest.run(effort, List.of(contender)).getFirst();
      Run median = medianRun(runs.subList(runs.size() - samples.count(), runs.size()));
      return of(median, Roof.of(ceilings, backend));
    }
  }

  private static Run medianRun(List<Run> runs) {
    List<Run> sorted = runs.stream().sorted(Comparator.comparingDouble(Run::milliseconds)).toList();
    return sorted.get(sorted.size() / 2);
  }

  private static Breakdown of(Run run, Roof roof) {
    List<Line> lines = new ArrayList<>();
    for (OpProfile.Entry entry : run.profile().entries()) {
      double milliseconds = entry.milliseconds();
      Double gflops = entry.cost().gflops(milliseconds);
      lines.add(
          new Line(
              entry.name(),
              entry.calls(),
              milliseconds,
              gflops,
              entry.cost().gigabytesPerSecond(milliseconds),
              roof.shareOfPeak(gflops),
              roof.shareOfRoofline(entry.cost(), milliseconds),
              milliseconds / run.milliseconds()));
    }
    double rest = run.milliseconds() - run.profile().milliseconds();
    lines.add(new Line(BETWEEN, 1, rest, null, null, null, null, rest / run.milliseconds()));
    return new Breakdown(run.milliseconds(), lines);
  }
}
