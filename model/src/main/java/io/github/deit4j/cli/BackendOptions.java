package io.github.deit4j.cli;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that say what computes. */
final class BackendOptions {
  @Option(
      names = "--backend",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "What computes: cpu; openblas: the CPU with OpenBLAS's matrix products, which give other"
              + " last digits; cuda or cuda:n: an NVIDIA device; auto: cuda if it can be used, else"
              + " cpu (default: ${DEFAULT-VALUE}).")
  private String name;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads of the CPU, 0 for all (default: ${DEFAULT-VALUE}). Changes no result.")
  private int threads;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description =
          "In what numbers an NVIDIA device multiplies matrices: fp32, tf32, or bf16 with weights"
              + " kept in fp32 (default: fp32, or what the recipe says).")
  private String precision;

  BackendOptions() {}

  /**
   * Starts the backend; the caller closes it.
   *
   * @throws UsageException if an option is out of range
   * @throws io.github.deit4j.device.DeviceException if the device cannot be used
   */
  Backend open() {
    return open(precision());
  }

  /** As {@link #open()}, at the precision of a recipe. */
  Backend open(Precision ofRecipe) {
    check();
    return Backends.select(name, threads, ofRecipe).backend();
  }

  /** As {@link #open}, for a job so short that the kernels' warming up would take most of it. */
  Backend openForShortJob() {
    check();
    return Backends.selectForShortJob(name, threads, precision()).backend();
  }

  private void check() {
    if (!Backends.knows(name)) {
      throw new UsageException("--backend: expected " + Backends.names() + ", found " + name);
    }
    if (threads < 0) {
      throw new UsageException("--threads: expected 0 (all) or more, found " + threads);
    }
  }

  /** Returns what the option changes in a recipe. */
  Optional<String> recipeChange() {
    return Optional.ofNullable(precision).map(_ -> "precision=" + precision().key());
  }

  private Precision precision() {
    if (precision == null) {
      return Precision.FP32;
    }
    return Precision.of(precision)
        .orElseThrow(
            () ->
                new UsageException("--precision: expected fp32, tf32 or bf16, found " + precision));
  }

  /** Returns the number of threads, all processors for 0. */
  int threads() {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }
}
