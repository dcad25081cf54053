package io.github.deit4j.backend;

import io.github.deit4j.cpu.CpuBackend;

/** Chooses a backend by name. */
public final class Backends {
  private Backends() {}

  /**
   * A backend and why it was chosen.
   *
   * @param backend ready for use; the caller closes it
   * @param reason one line
   */
  public record Selection(Backend backend, String reason) {}

  /**
   * Starts the named backend.
   *
   * @param spec {@code auto} or {@code cpu}
   * @param threads how many threads the CPU backend uses; 0 for all processors
   * @throws DeviceException if the name is unknown or its device cannot be used
   */
  public static Selection select(String spec, int threads) {
    int count = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    return switch (spec) {
      case "cpu" -> new Selection(new CpuBackend(count), "asked for");
      case "auto" -> new Selection(new CpuBackend(count), "the only backend of this version");
      default ->
          throw new DeviceException("backend '" + spec + "' is not known: expected auto or cpu");
    };
  }
}
