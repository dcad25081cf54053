package io.github.deit4j.cli;

import io.github.deit4j.backend.Backend;
import io.github.deit4j.backend.Backends;
import java.util.List;
import picocli.CommandLine.Option;

/** The options that say what computes. */
final class BackendOptions {
  private static final List<String> NAMES = List.of("auto", "cpu", "openblas");

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "What computes: auto, cpu, or openblas: the CPU with OpenBLAS's matrix products, which give"
              + " other last digits (default: ${DEFAULT-VALUE}).")
  private String name;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads of the CPU, 0 for all (default: ${DEFAULT-VALUE}). Changes no result.")
  private int threads;

  BackendOptions() {}

  /**
   * Starts the backend; the caller closes it.
   *
   * @throws UsageException if an option is out of range
   * @throws io.github.deit4j.backend.DeviceException if the device cannot be used
   */
  Backend open() {
    check();
    return Backends.select(name, threads).backend();
  }

  /** As {@link #open}, for a job so short that the kernels' warming up would take most of it. */
  Backend openForShortJob() {
    check();
    return Backends.selectForShortJob(name, threads).backend();
  }

  private void check() {
    if (!NAMES.contains(name)) {
      throw new UsageException(
          "--backend: expected one of " + String.join(", ", NAMES) + ", found " + name);
    }
    if (threads < 0) {
      throw new UsageException("--threads: expected 0 (all) or more, found " + threads);
    }
  }

  /** Returns the number of threads, all processors for 0. */
  int threads() {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }
}
