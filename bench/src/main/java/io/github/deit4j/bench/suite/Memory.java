package io.github.deit4j.bench.suite;

/**
 * The most memory that something took.
 *
 * @param bytes how much
 * @param kind what is counted
 */
public record Memory(long bytes, Kind kind) {
  /** What is counted. */
  public enum Kind {
    /** The tensors: weights, activations, gradients, batch; on a device the device's. */
    TENSORS,
    /** All of a process ({@code VmHWM}). */
    PROCESS
  }
}
