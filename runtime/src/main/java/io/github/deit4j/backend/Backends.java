package io.github.deit4j.backend;

import io.github.deit4j.bindings.LoadReport;
import io.github.deit4j.bindings.NativeLibraries;
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
   * @param spec {@code auto}, {@code cpu}, or {@code openblas}: the CPU with OpenBLAS for the
   *     matrix products, whose results are the same on every run on the same machine, but not on
   *     another
   * @param threads how many threads the CPU uses; 0 for all processors
   * @throws DeviceException if the name is unknown or its device cannot be used
   */
  public static Selection select(String spec, int threads) {
    int count = processors(threads);
    return switch (spec) {
      case "cpu" -> new Selection(new CpuBackend(count), "asked for");
      case "auto" -> new Selection(new CpuBackend(count), "gives the same bits everywhere");
      case "openblas" -> openBlas(count);
      default ->
          throw new DeviceException(
              "backend '" + spec + "' is not known: expected auto, cpu or openblas");
    };
  }

  /**
   * Starts the named backend for a job of a second or so, such as one image in a new JVM: on the
   * CPU with kernels that are fast sooner, though slower in the long run. The bits are those of
   * {@link #select}.
   *
   * @throws DeviceException as {@link #select}
   */
  public static Selection selectForShortJob(String spec, int threads) {
    return switch (spec) {
      case "auto", "cpu" ->
          new Selection(CpuBackend.quickStart(processors(threads)), "starts soonest");
      default -> select(spec, threads);
    };
  }

  private static int processors(int threads) {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }

  private static Selection openBlas(int threads) {
    LoadReport report = NativeLibraries.openBlas();
    String place =
        report.place().orElseThrow(() -> new DeviceException("backend openblas: " + report));
    return new Selection(CpuBackend.withOpenBlas(threads), "loaded from " + place);
  }
}
