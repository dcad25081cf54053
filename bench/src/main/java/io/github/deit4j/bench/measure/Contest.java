package io.github.deit4j.bench.measure;

import java.util.ArrayList;
import java.util.List;

/**
 * Measures contenders in turns, one sample of each a round. Every round begins with another, so
 * that none always follows the same.
 */
public final class Contest {
  /** A best time that falls by less than this is no better. */
  private static final double BETTER = 0.99;

  /** Warming up ends after so many times the effort's, however restless the times are. */
  private static final int PATIENCE = 10;

  private Contest() {}

  /** Returns the samples of each contender, in the order given, as many of each. */
  public static List<Samples> run(Effort effort, List<Contender> contenders) {
    int count = contenders.size();
    int[] calls = new int[count];
    List<List<Double>> times = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long nanos = Math.max(1, warmUp(effort, contenders.get(i)));
      calls[i] = Math.toIntExact(Math.max(1, Math.ceilDiv(effort.sample().toNanos(), nanos)));
      times.add(new ArrayList<>());
    }
    long spent = 0;
    for (int round = 0; isOn(effort, round, spent / count); round++) {
      for (int turn = 0; turn < count; turn++) {
        int i = (round + turn) % count;
        long nanos = contenders.get(i).time(calls[i]);
        times.get(i).add(nanos * 1e-6 / calls[i]);
        spent += nanos;
      }
    }
    return times.stream().map(Samples::new).toList();
  }

  private static boolean isOn(Effort effort, int round, long nanos) {
    return round < effort.samples() || nanos < effort.total().toNanos();
  }

  /** Calls until the best time has not fallen for a while, and returns it. */
  private static long warmUp(Effort effort, Contender contender) {
    long quiet = effort.warmUp().toNanos();
    long best = contender.time(1);
    long spent = best;
    long sinceBetter = 0;
    while (sinceBetter < quiet && spent < PATIENCE * quiet) {
      long nanos = contender.time(1);
      spent += nanos;
      sinceBetter += nanos;
      if (nanos < BETTER * best) {
        best = nanos;
        sinceBetter = 0;
      }
    }
    return best;
  }
}
