package io.github.deit4j.bench.measure;

/**
 * What some work needs of the machine.
 *
 * @param flop floating-point operations of matrix products, an fma counting two; 0 without products
 * @param bytes operands, each read or written once, and twice where it is updated
 */
public record Cost(double flop, double bytes) {
  public static final Cost NONE = new Cost(0, 0);

  public Cost plus(Cost other) {
    return new Cost(flop + other.flop, bytes + other.bytes);
  }

  /** Returns GFLOP/s, or null where there are no products. */
  public Double gflops(double milliseconds) {
    return flop == 0 ? null : Double.valueOf(flop / milliseconds * 1e-6);
  }

  /** Returns GB/s, or null where the traffic is not known. */
  public Double gigabytesPerSecond(double milliseconds) {
    return bytes == 0 ? null : Double.valueOf(bytes / milliseconds * 1e-6);
  }
}
