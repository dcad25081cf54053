package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.measure.ClockProbe;
import io.github.deit4j.bench.measure.Contender;
import io.github.deit4j.bench.measure.Contest;
import io.github.deit4j.bench.measure.Effort;
import io.github.deit4j.bench.measure.LoadCheck;
import io.github.deit4j.bench.measure.Samples;
import java.util.List;

/** Notes the clock and what other programs do while something is measured. */
final class Watch {
  /** Work that is measured. */
  @FunctionalInterface
  interface Work<E extends Exception> {
    /** Returns samples, one list for each contender. */
    List<Samples> run() throws E, InterruptedException;
  }

  /**
   * Samples and what was seen around them.
   *
   * @param samples one list for each contender
   */
  record Observed(List<Samples> samples, double clockGflops, Double othersShare) {
    Round round(int contender, Memory memory) {
      return new Round(samples.get(contender).milliseconds(), clockGflops, othersShare, memory);
    }
  }

  private ClockProbe clock;

  /** Has contenders take turns, with a look at the clock before and after. */
  Observed contest(Effort effort, List<Contender> contenders) {
    double before = clock();
    LoadCheck load = LoadCheck.begin();
    List<Samples> samples = Contest.run(effort, contenders);
    Double others = load.othersShare();
    return new Observed(samples, Math.min(before, clock()), others);
  }

  /** Measures work that must not find this JVM warm: the clock is looked at only afterwards. */
  <E extends Exception> Observed cold(Work<E> work) throws E, InterruptedException {
    LoadCheck load = LoadCheck.begin();
    List<Samples> samples = work.run();
    Double others = load.othersShare();
    return new Observed(samples, clock(), others);
  }

  private double clock() {
    if (clock == null) {
      clock = new ClockProbe();
    }
    return clock.gflops();
  }
}
