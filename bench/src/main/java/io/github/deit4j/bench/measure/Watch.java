package io.github.deit4j.bench.measure;

import io.github.deit4j.cpu.core.Workers;
import java.time.Duration;
import java.util.List;

/** Notes the clock and what other programs do while something is measured. */
public final class Watch {
  private static final Effort PROBE =
      new Effort(5, Duration.ofMillis(1), Duration.ZERO, Duration.ZERO, 0);

  /** Work that is measured. */
  @FunctionalInterface
  public interface Work<E extends Exception> {
    /** Returns the milliseconds of each sample. */
    List<Double> run() throws E, InterruptedException;
  }

  private boolean warm;
  private double bestClock;

  /** Starts cold. */
  public Watch() {}

  /** Has contenders take turns, and looks at the clock before and after; a round for each. */
  public List<Round> contest(Effort effort, List<Contender> contenders) {
    double before = clock();
    LoadCheck load = LoadCheck.begin();
    List<Samples> samples = Contest.run(effort, contenders);
    Double others = load.othersShare();
    double slowest = Math.min(before, clock());
    return samples.stream().map(s -> new Round(s.milliseconds(), slowest, others, null)).toList();
  }

  /** Measures work that must not find this JVM warm: the clock is looked at only afterwards. */
  public <E extends Exception> Round cold(Work<E> work) throws E, InterruptedException {
    LoadCheck load = LoadCheck.begin();
    List<Double> milliseconds = work.run();
    return new Round(milliseconds, clock(), load.othersShare(), null);
  }

  /** Returns a check against the best clock so far. */
  public NoiseCheck noise() {
    return new NoiseCheck(bestClock);
  }

  /** A fixed loop of multiply-adds on one thread, whose rate is the clock's. */
  private double clock() {
    if (!warm) {
      FmaPeak.gflops(Workers.SERIAL, PROBE);
      warm = true;
    }
    double found = FmaPeak.gflops(Workers.SERIAL, PROBE);
    bestClock = Math.max(bestClock, found);
    return found;
  }
}
