package io.github.deit4j.bench.measure;

import io.github.deit4j.device.Precision;

/**
 * A limit of the hardware, measured.
 *
 * @param backend {@code cpu} for the host, or the device's
 * @param precision of the arithmetic; FP32 for memory and transfers
 * @param threads that reached it together; 1 for a device
 * @param value in GFLOP/s or GB/s
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
  }

  /** Returns the same limit with another value. */
  public Ceiling withValue(double other) {
    return new Ceiling(backend, kind, precision, threads, other);
  }

  /** Returns what is limited, and of what. */
  public String name() {
    return switch (kind) {
      case ARITHMETIC -> "arithmetic, %s %s".formatted(backend, precision.key());
      case MEMORY -> "memory, " + backend;
      case UPLOAD -> "copies to " + backend;
      case DOWNLOAD -> "copies from " + backend;
    };
  }

  /** Returns the value with its unit. */
  public String shown() {
    return ResultTable.number(value) + " " + kind.unit;
  }

  /** Returns one line. */
  @Override
  public String toString() {
    return name() + ": " + shown();
  }
}
