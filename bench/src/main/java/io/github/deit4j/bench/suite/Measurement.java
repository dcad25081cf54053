package io.github.deit4j.bench.suite;

import java.util.List;

/**
 * A cell and what was measured of it. Rates are those of the median time; they are null where they
 * make no sense.
 *
 * @param flop operations of matrix products, an fma counting two; null without products
 * @param bytes operands, each read or written once, and twice where it is updated; null where not
 *     known. {@code flop / bytes} is the roofline's x axis
 * @param time of a call
 * @param gflops GFLOP/s
 * @param gigabytesPerSecond GB/s
 * @param imagesPerSecond images/s
 * @param peakFraction share of the arithmetic ceiling
 * @param rooflineFraction share of the roofline: the least time that arithmetic and traffic need,
 *     over the time taken; above 1 where operands come from the caches
 * @param memory the most of any round; null where not known
 * @param noise why the numbers are not to be trusted; null if nothing speaks against them
 * @param rounds all samples
 */
public record Measurement(
    Cell cell,
    Double flop,
    Double bytes,
    Timing time,
    Double gflops,
    Double gigabytesPerSecond,
    Double imagesPerSecond,
    Double peakFraction,
    Double rooflineFraction,
    Memory memory,
    String noise,
    List<Round> rounds) {
  /** Copies the rounds. */
  public Measurement {
    rounds = List.copyOf(rounds);
  }

  /** Returns whether a check of clock or load failed. */
  public boolean noisy() {
    return noise != null;
  }
}
