package io.github.deit4j.bench.suite;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

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

  /** Returns the check of a run that consists of these rounds. */
  static NoiseCheck of(Stream<Round> rounds) {
    return new NoiseCheck(rounds.mapToDouble(Round::clockGflops).max().orElse(0));
  }

  /** Returns how many times as long the worst round may have taken, for its clock and load. */
  double disturbance(List<Round> rounds) {
    return rounds.stream()
        .mapToDouble(round -> bestClock / round.clockGflops() / (1 - others(round)))
        .max()
        .orElse(1);
  }

  private static double others(Round round) {
    return round.othersShare() == null ? 0 : round.othersShare();
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
      if (others(round) > OTHERS) {
        return String.format(
            Locale.ROOT,
            "round %d: other programs had %.0f %% of all processors' time",
            i + 1,
            100 * others(round));
      }
    }
    return null;
  }
}
