package io.github.deit4j.bench.suite;

import java.util.List;

/**
 * What one round, in a JVM of its own, has measured of one cell.
 *
 * @param milliseconds of a call, sample by sample
 * @param clockGflops what a fixed loop of multiply-adds reached on one thread, before or after,
 *     whichever was slower
 * @param othersShare share of all processors' time that other programs had, or that a hypervisor
 *     kept; null where the system does not tell
 * @param memory that it took
 */
public record Round(
    List<Double> milliseconds, double clockGflops, Double othersShare, Memory memory) {
  /** Copies the samples. */
  public Round {
    milliseconds = List.copyOf(milliseconds);
  }
}
