package io.github.deit4j.bench;

import io.github.deit4j.bench.measure.Effort;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.DeviceProvider;
import io.github.deit4j.device.Precision;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that all benchmarks share. */
final class BenchOptions {
  private static final List<String> SIZES = List.of("tiny", "small", "base");

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "cpu",
      description = "What computes: cpu, openblas, cuda[:n]; several take turns (default: cpu).")
  private List<String> backends;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      defaultValue = "fp32",
      description = "Of cuda: fp32, tf32 or bf16 (default: ${DEFAULT-VALUE}).")
  private String precision;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads, 0 for all processors (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      split = ",",
      description =
          "Only these models: tiny, small, base (distilled, 224 pixels) or registered names; of"
              + " whole models also RegNetYs and fashion-mnist-convnet.")
  private List<String> models = SIZES;

  @Option(names = "--batch", paramLabel = "N", split = ",", description = "Only these batches.")
  private List<Integer> batches;

  @Option(
      names = "--quick",
      description = "Take few samples: for a first look, not for numbers to publish.")
  private boolean quick;

  @Option(names = "--json", description = "Print the rows as one JSON document.")
  private boolean json;

  BenchOptions() {}

  /**
   * Throws what picocli reports as a usage error, where a value is out of range.
   *
   * @param known the models that can be measured
   */
  void check(List<String> known) {
    for (String backend : backends) {
      require(Backends.provider(backend).isPresent(), "--backend", Backends.deviceNames(), backend);
    }
    require(Precision.of(precision).isPresent(), "--precision", "fp32, tf32 or bf16", precision);
    require(threads >= 0, "--threads", "0 (all) or more", threads);
    for (String model : models) {
      require(
          SIZES.contains(model) || known.contains(model),
          "--model",
          "tiny, small, base or one of " + String.join(", ", known),
          model);
    }
    for (int batch : batches(List.of())) {
      require(batch >= 1, "--batch", "1 or more", batch);
    }
  }

  private void require(boolean condition, String option, String expected, Object found) {
    if (!condition) {
      throw new ParameterException(
          spec.commandLine(), "%s: expected %s, found %s".formatted(option, expected, found));
    }
  }

  List<String> backends() {
    return backends;
  }

  /** Returns those of the host's processor. */
  List<String> hostBackends() {
    return backends.stream().filter(name -> !Devices.isDevice(name)).toList();
  }

  /** Returns those that are devices. */
  List<String> deviceBackends() {
    return backends.stream().filter(Devices::isDevice).toList();
  }

  /** Opens a backend in the precision asked for. */
  Backend open(String backend) {
    return Backends.select(backend, threads(), precision(backend)).backend();
  }

  /** Returns in what numbers a backend multiplies: as asked for if it can. */
  private Precision precision(String backend) {
    DeviceProvider provider = Backends.provider(backend).orElseThrow();
    return Precision.of(precision)
        .filter(provider.capabilities().precisions()::contains)
        .orElse(Precision.FP32);
  }

  int threads() {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }

  /** Returns the models' full names. */
  List<String> models() {
    return models.stream()
        .map(name -> SIZES.contains(name) ? "deit_" + name + "_distilled_patch16_224" : name)
        .toList();
  }

  /** Returns the batches asked for, or the given ones where none was. */
  List<Integer> batches(List<Integer> otherwise) {
    return batches == null ? otherwise : batches;
  }

  Effort effort() {
    return quick ? Effort.QUICK : Effort.THOROUGH;
  }

  boolean json() {
    return json;
  }
}
