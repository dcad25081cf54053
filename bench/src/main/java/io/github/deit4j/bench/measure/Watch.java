package io.github.deit4j.bench.measure;

import io.github.deit4j.bench.measure.Contest.Contender;
import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.bench.measure.Machine.Ticks;
import io.github.deit4j.bench.measure.Measurement.Round;
import io.github.deit4j.bench.measure.Measurement.Samples;
import io.github.deit4j.cpu.core.Workers;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/** Notes the clock and what other programs do while something is measured. */
public final class Watch {
  private static final Effort PROBE = Effort.of(5, 1, 0, 0, 0);

  private double bestClock;

  /** Has contenders take turns, and looks at the clock before and after; a round for each. */
  public List<Round> contest(Effort effort, List<Contender> contenders) {
    double before = clock();
    Ticks ticks = Ticks.now();
    List<Samples> samples = Contest.run(effort, contenders);
    Double others = Ticks.othersShareSince(ticks);
    double slowest = Math.min(before, clock());
    return samples.stream().map(s -> new Round(s.milliseconds(), slowest, others, null)).toList();
  }

  /** Measures work that must not find this JVM warm: the clock is looked at only afterwards. */
  public Round cold(Callable<List<Double>> work) throws Exception {
    Ticks ticks = Ticks.now();
    List<Double> milliseconds = work.call();
    Double others = Ticks.othersShareSince(ticks);
    return new Round(milliseconds, clock(), others, null);
  }

  /** A fixed loop of multiply-adds on one thread, whose rate is the clock's. */
  private double clock() {
    if (bestClock == 0) {
      HostLimits.fmaGflops(Workers.SERIAL, PROBE); // Until it is warm.
    }
    double found = HostLimits.fmaGflops(Workers.SERIAL, PROBE);
    bestClock = Math.max(bestClock, found);
    return found;
  }

  /** Returns a judge by the best clock so far. */
  public Noise noise() {
    return new Noise(bestClock);
  }

  /** Decides what speaks against the numbers of a cell. */
  public record Noise(double bestClock) {
    /** Of the best clock of the run; below, the processor was throttled or shared. */
    private static final double CLOCK = 0.95;

    /** Of all processors' time, for other programs. Samples stand a little: a median is told. */
    private static final double OTHERS = 0.05;

    /** Returns the judge of a run that consists of these rounds. */
    public static Noise of(Stream<Round> rounds) {
      return new Noise(rounds.mapToDouble(Round::clockGflops).max().orElse(0));
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
        if (clock < CLOCK || others > OTHERS) {
          return String.format(
              Locale.ROOT,
              clock < CLOCK
                  ? "round %d: the clock was at %.0f %% of the run's best"
                  : "round %d: other programs had %.0f %% of all processors' time",
              i + 1,
              100 * (clock < CLOCK ? clock : others));
        }
      }
      return null;
    }
  }
}
