package io.github.deit4j.bench.measure;

import io.github.deit4j.bench.measure.Measurement.Samples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Measures contenders in turns, one sample of each a round. Every round begins with another, so
 * that none always follows the same.
 */
public final class Contest {
  /** A best time that falls by less than this is no better. */
  private static final double BETTER = 0.99;

  /** A JVM that compiles for less than this share of the time has compiled what matters. */
  private static final double COMPILING = 0.1;

  /** Warming up ends after so many times the effort's, however restless the times are. */
  private static final int PATIENCE = 20;

  /**
   * After a rest of the processors the first calls are not counted, for about so many nanoseconds:
   * those of a virtual machine are slow for a while.
   */
  private static final long WAKING = 100_000_000;

  private Contest() {}

  /** Returns the samples of each contender, in the order given, as many of each. */
  public static List<Samples> run(Effort effort, List<Contender> contenders) {
    return run(effort, contenders, CompilerTime::milliseconds);
  }

  /**
   * Does the same.
   *
   * @param compiled how many milliseconds this JVM has compiled
   */
  static List<Samples> run(Effort effort, List<Contender> contenders, LongSupplier compiled) {
    int count = contenders.size();
    boolean rests = contenders.stream().anyMatch(Contender::rests);
    int[] untimed = new int[count];
    int[] calls = new int[count];
    List<List<Double>> times = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long nanos = Math.max(1, warmUp(effort, contenders.get(i), compiled));
      calls[i] = Math.toIntExact(Math.max(1, Math.ceilDiv(effort.sample().toNanos(), nanos)));
      untimed[i] = rests ? (int) (WAKING / nanos) : 0;
      times.add(new ArrayList<>());
    }
    long spent = 0;
    for (int round = 0;
        round < effort.samples() || spent / count < effort.total().toNanos();
        round++) {
      for (int turn = 0; turn < count; turn++) {
        int i = (round + turn) % count;
        long nanos = contenders.get(i).time(untimed[i], calls[i]);
        times.get(i).add(nanos * 1e-6 / calls[i]);
        spent += nanos;
      }
    }
    return times.stream().map(Samples::new).toList();
  }

  /**
   * Calls until for a while neither the best time has fallen nor the JVM has compiled much, and
   * returns the mean time of that while: where the work depends on chance, the best call says
   * nothing about the others.
   */
  private static long warmUp(Effort effort, Contender contender, LongSupplier compiled) {
    long quiet = effort.warmUp().toNanos();
    long best = contender.time(0, 1);
    long spent = best;
    long sinceBetter = 0;
    long calls = 0;
    long compiledBefore = compiled.getAsLong();
    while (spent < PATIENCE * quiet) {
      if (sinceBetter >= quiet) {
        long compiledNow = compiled.getAsLong();
        if ((compiledNow - compiledBefore) * 1e6 <= COMPILING * sinceBetter) {
          break;
        }
        compiledBefore = compiledNow;
        sinceBetter = 0;
        calls = 0;
      }
      long nanos = contender.time(0, 1);
      spent += nanos;
      sinceBetter += nanos;
      calls++;
      if (nanos < BETTER * best) {
        best = nanos;
        sinceBetter = 0;
        calls = 0;
        compiledBefore = compiled.getAsLong();
      }
    }
    return calls == 0 ? best : sinceBetter / calls;
  }

  /**
   * How much time to spend on a number.
   *
   * @param samples the least number of samples
   * @param sample the least time of a sample of mean speed; shorter work is called several times in
   *     one
   * @param warmUp a contender is warm when for so long its best time has not fallen, and the JVM
   *     compiled for less than a tenth of it
   * @param streamBytes of each of the three arrays on which memory is measured
   */
  public record Effort(
      int samples, Duration sample, Duration total, Duration warmUp, long streamBytes) {
    /** For numbers to publish. The arrays are eight times the 32 MB of a large cache. */
    public static final Effort THOROUGH = of(15, 2, 300, 500, 256);

    /** For a first look: warm all the same, since half-compiled code says nothing. */
    public static final Effort QUICK = of(3, 1, 200, 300, 64);

    /** Returns one whose times are in milliseconds, and the arrays in MiB. */
    public static Effort of(int samples, int sample, int total, int warmUp, int stream) {
      return new Effort(
          samples,
          Duration.ofMillis(sample),
          Duration.ofMillis(total),
          Duration.ofMillis(warmUp),
          (long) stream << 20);
    }
  }

  /** One of several that do the same work and are compared. */
  @FunctionalInterface
  public interface Contender {
    /**
     * Does the work {@code untimed} times, then {@code calls} times, and returns how long all of
     * these took, in nanoseconds.
     */
    long time(int untimed, int calls);

    /** Returns whether {@link #time} ends with a rest, in which the processors do nothing. */
    default boolean rests() {
      return false;
    }

    /** Returns a contender of this JVM. */
    static Contender of(Runnable work) {
      return of(work, () -> {});
    }

    /**
     * Returns a contender of this JVM whose work is done elsewhere.
     *
     * @param end waits until all work is done; once, at the end of the calls, and part of their
     *     time
     */
    static Contender of(Runnable work, Runnable end) {
      return (untimed, calls) -> {
        repeat(untimed, work, end);
        long start = System.nanoTime();
        repeat(calls, work, end);
        return System.nanoTime() - start;
      };
    }

    private static void repeat(int calls, Runnable work, Runnable end) {
      for (int i = 0; i < calls; i++) {
        work.run();
      }
      end.run();
    }
  }
}
