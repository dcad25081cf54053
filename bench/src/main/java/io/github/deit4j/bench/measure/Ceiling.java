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
    ARITHMETIC("arithmetic, %s %s", "GFLOP/s"),
    /** Reading and writing memory, a device's own for a device. */
    MEMORY("memory, %s", "GB/s"),
    /** Copies from the host's memory to the device's. */
    UPLOAD("copies to %s", "GB/s"),
    /** Copies from the device's memory to the host's. */
    DOWNLOAD("copies from %s", "GB/s");

    private final String name;
    private final String unit;

    Kind(String name, String unit) {
      this.name = name;
      this.unit = unit;
    }
  }

  /** Returns the same limit with another value. */
  public Ceiling withValue(double other) {
    return new Ceiling(backend, kind, precision, threads, other);
  }

  /** Returns what is limited, and of what. */
  public String name() {
    return kind.name.formatted(backend, precision.key());
  }

  /** Returns the value with its unit. */
  public String shown() {
    return ResultTable.number(value) + " " + kind.unit;
  }
}
