package io.github.deit4j.bench.measure;

import java.util.List;

/**
 * What one round has measured of one cell.
 *
 * @param clockGflops what a fixed loop of multiply-adds reached on one thread, before or after,
 *     whichever was slower
 * @param othersShare share of all processors' time that other programs had, or that a hypervisor
 *     kept; null where the system does not tell
 */
public record Round(
    List<Double> milliseconds, double clockGflops, Double othersShare, Memory memory) {
  /** The most memory that something took. */
  public record Memory(long bytes, Kind kind) {
    /** Returns how much, in GiB. */
    public double gibibytes() {
      return bytes / (double) (1L << 30);
    }

    /** What is counted. */
    public enum Kind {
      /** The tensors: weights, activations, gradients, batch; on a device the device's. */
      TENSORS,
      /** All of a process ({@code VmHWM}). */
      PROCESS
    }
  }

  /** Returns the samples. */
  public Samples samples() {
    return new Samples(milliseconds);
  }

  /** Returns the same with what it took of memory. */
  public Round with(Memory taken) {
    return new Round(milliseconds, clockGflops, othersShare, taken);
  }
}
