package io.github.deit4j.bench.suite;

import io.github.deit4j.device.Precision;

/**
 * A limit of the hardware, measured: the best of all rounds.
 *
 * @param backend {@code cpu} or {@code cuda:0}
 * @param precision of the arithmetic; FP32 for {@link Kind#MEMORY} and transfers
 * @param threads that reached it together; 1 for a device
 * @param value in {@link Kind#unit}
 */
public record Ceiling(String backend, Kind kind, Precision precision, int threads, double value) {
  /** What is limited. */
  public enum Kind {
    /** Multiply-adds: of the processor in a loop, of a device in a large matrix product. */
    ARITHMETIC("GFLOP/s"),
    /** Reading and writing memory, a device's own for a device. */
    MEMORY("GB/s"),
    /** Copies from the host's memory to the device's. */
    UPLOAD("GB/s"),
    /** Copies from the device's memory to the host's. */
    DOWNLOAD("GB/s");

    private final String unit;

    Kind(String unit) {
      this.unit = unit;
    }

    /** Returns the unit of the value. */
    public String unit() {
      return unit;
    }
  }

  /** Returns the same limit with another value. */
  Ceiling withValue(double other) {
    return new Ceiling(backend, kind, precision, threads, other);
  }
}
