package io.github.deit4j.cuda.standin;

import java.util.Locale;

/**
 * What a device would have to do, once or several times: a kernel, a product, a copy. Bytes are
 * those of the device's memory that must be read and written, each once, however often a kernel
 * looks at them.
 *
 * @param name the kernel's, or {@code product ROWS×COLUMNS×DEPTH}, or a copy's
 * @param unit what does the arithmetic
 * @param times how often
 * @param read bytes that each reads
 * @param written bytes that each writes
 * @param operations of each: a multiplication with an addition counts as two, all else as one
 * @param nodes how often of {@code times} it was a node of a graph, and not launched by itself
 */
public record StandInWork(
    String name,
    Unit unit,
    long times,
    double read,
    double written,
    double operations,
    long nodes) {
  /** Work that is launched by itself. */
  public StandInWork(
      String name, Unit unit, long times, double read, double written, double operations) {
    this(name, unit, times, read, written, operations, 0);
  }

  /** What does the arithmetic. */
  public enum Unit {
    /** Float32 numbers. */
    FLOAT32,
    /** Float32 numbers rounded to TF32, on tensor cores. */
    TF32,
    /** BF16 numbers, on tensor cores. */
    BFLOAT16,
    /** There is none. */
    NONE
  }

  static StandInWork of(String line) {
    String[] parts = line.split("\t");
    return new StandInWork(
        parts[0],
        Unit.valueOf(parts[1].toUpperCase(Locale.ROOT)),
        Long.parseLong(parts[2]),
        Double.parseDouble(parts[3]),
        Double.parseDouble(parts[4]),
        Double.parseDouble(parts[5]),
        Long.parseLong(parts[6]));
  }

  /** Returns whether it goes over the bus between host and device. */
  public boolean isTransfer() {
    return name.equals("copy to the device") || name.equals("copy to the host");
  }

  /** Returns the bytes that each reads and writes. */
  public double bytes() {
    return read + written;
  }
}
