package io.github.deit4j.bench.measure;

import io.github.deit4j.cpu.ThreadTeam;

/**
 * What the machine can do at most, measured: the roof of the roofline model (Williams et al. 2009).
 *
 * @param threads threads that reached it together
 * @param gflops float32 multiply-adds, 10⁹ operations a second, an fma counting two
 * @param copy memory bandwidth of a copy, GB/s read and written
 * @param triad memory bandwidth of {@code a = b + s·c}, GB/s read and written
 */
public record Ceilings(int threads, double gflops, double copy, double triad) {
  /** Measures with the given number of threads. */
  public static Ceilings measure(int threads, Effort effort) {
    try (ThreadTeam team = new ThreadTeam(threads);
        MemoryBandwidth memory = new MemoryBandwidth(team, effort)) {
      return new Ceilings(threads, FmaPeak.gflops(team, effort), memory.copy(), memory.triad());
    }
  }

  /** Returns the memory bandwidth in GB/s: the better of the two loops. */
  public double bandwidth() {
    return Math.max(copy, triad);
  }

  /** Returns the share of the arithmetic peak. */
  public double shareOfPeak(double achievedGflops) {
    return achievedGflops / gflops;
  }

  /**
   * Returns the share of the roofline: the least time that arithmetic and memory traffic need, over
   * the time taken, or null where neither is known. Above 1 where operands come from the caches.
   */
  public Double shareOfRoofline(Cost cost, double milliseconds) {
    double least = Math.max(cost.flop() / gflops, cost.bytes() / bandwidth());
    return least == 0 ? null : Double.valueOf(least * 1e-6 / milliseconds);
  }
}
