package io.github.deit4j.bench.measure;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Decides what speaks against the numbers of a cell.
 *
 * @param bestClock what the clock's probe reached at best in the run, GFLOP/s
 */
public record NoiseCheck(double bestClock) {
  /** Of the best clock of the run; below, the processor was throttled or shared. */
  private static final double CLOCK = 0.95;

  /** Of all processors' time, for other programs. Samples stand a little: their median is told. */
  private static final double OTHERS = 0.05;

  /** Returns the check of a run that consists of these rounds. */
  public static NoiseCheck of(Stream<Round> rounds) {
    return new NoiseCheck(rounds.mapToDouble(Round::clockGflops).max().orElse(0));
  }

  /** Returns how many times as long the worst round may have taken, for its clock and load. */
  public double disturbance(List<Round> rounds) {
    return rounds.stream()
        .mapToDouble(round -> bestClock / round.clockGflops() / (1 - others(round)))
        .max()
        .orElse(1);
  }

  private static double others(Round round) {
    return round.othersShare() == null ? 0 : round.othersShare();
  }

  /** Returns one line on the first round in which something was wrong; null if nothing was. */
  public String reason(List<Round> rounds) {
    for (int i = 0; i < rounds.size(); i++) {
      double clock = rounds.get(i).clockGflops() / bestClock;
      double others = others(rounds.get(i));
      if (clock < CLOCK) {
        return "round %d: the clock was at %s of the run's best".formatted(i + 1, percent(clock));
      }
      if (others > OTHERS) {
        return "round %d: other programs had %s of all processors' time"
            .formatted(i + 1, percent(others));
      }
    }
    return null;
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f %%", 100 * share);
  }
}
