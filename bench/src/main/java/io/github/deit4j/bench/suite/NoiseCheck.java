package io.github.deit4j.bench.suite;

import java.util.List;
import java.util.Locale;

/** Decides what speaks against the numbers of a cell. */
final class NoiseCheck {
  /** Of the best clock of the run; below, the processor was throttled or shared. */
  private static final double CLOCK = 0.95;

  /** Of all processors' time, for other programs. Samples stand a little: their median is told. */
  private static final double OTHERS = 0.05;

  private final double bestClock;

  /**
   * Creates the check.
   *
   * @param bestClock what the clock's probe reached at best in the run, GFLOP/s
   */
  NoiseCheck(double bestClock) {
    this.bestClock = bestClock;
  }

  /** Returns one line on the first round in which something was wrong; null if nothing was. */
  String reason(List<Round> rounds) {
    for (int i = 0; i < rounds.size(); i++) {
      Round round = rounds.get(i);
      if (round.clockGflops() < CLOCK * bestClock) {
        return String.format(
            Locale.ROOT,
            "round %d: the clock was at %.0f %% of the run's best",
            i + 1,
            100 * round.clockGflops() / bestClock);
      }
      if (round.othersShare() != null && round.othersShare() > OTHERS) {
        return String.format(
            Locale.ROOT,
            "round %d: other programs had %.0f %% of all processors' time",
            i + 1,
            100 * round.othersShare());
      }
    }
    return null;
  }
}
