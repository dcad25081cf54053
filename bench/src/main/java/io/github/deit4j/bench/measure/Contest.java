package io.github.deit4j.bench.measure;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
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
    CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    // None with -Xint.
    LongSupplier compiled = compiler == null ? () -> 0 : compiler::getTotalCompilationTime;
    return run(effort, contenders, compiled);
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
    for (int round = 0; isOn(effort, round, spent / count); round++) {
      for (int turn = 0; turn < count; turn++) {
        int i = (round + turn) % count;
        long nanos = contenders.get(i).time(untimed[i], calls[i]);
        times.get(i).add(nanos * 1e-6 / calls[i]);
        spent += nanos;
      }
    }
    return times.stream().map(Samples::new).toList();
  }

  private static boolean isOn(Effort effort, int round, long nanos) {
    return round < effort.samples() || nanos < effort.total().toNanos();
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
}
