package io.github.deit4j.bench.account;

import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.cases.ModelCase;
import io.github.deit4j.bench.cases.Workload;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.cuda.standin.StandIn;
import io.github.deit4j.cuda.standin.StandInBuild;
import io.github.deit4j.cuda.standin.StandInWork;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * The account of a training step as {@code bench model} measures it: hard distillation from given
 * labels, AdamW, one batch from the host's memory.
 *
 * @param work what the device would have to do
 * @param least the same of a DeiT of fused kernels
 * @param graphLaunches how often a graph was launched, whose nodes are among the work
 * @param waits how often the host waits for the device within the step
 * @param eventWaits how often it waits for a mark, such as that a copy has read its memory
 */
public record StepAccount(
    String model,
    int batch,
    Precision precision,
    List<StandInWork> work,
    List<StandInWork> least,
    long graphLaunches,
    long waits,
    long eventWaits) {
  private static final String KERNELS = "deit4j.kernels";

  /** The first one allocates, the second is noted, the third is captured as a graph. */
  private static final int STEPS_BEFORE = 3;

  /** More than any model asks for; nothing of it is touched. */
  private static final long MEMORY = 1L << 44;

  /**
   * Counts a step once the device knows it, and computes nothing.
   *
   * @param model one of {@link BenchmarkModels#transformers}
   * @throws DeviceException.NotFound if the stand-in cannot be built here
   */
  public static StepAccount of(String model, int batch, Precision precision) {
    return of(model, batch, precision, false);
  }

  /** The same of a step that is computed, if told so. */
  static StepAccount of(String model, int batch, Precision precision, boolean computed) {
    StandIn standIn = StandIn.loaded().orElseGet(StepAccount::load);
    String kernels = System.getProperty(KERNELS);
    System.setProperty(
        KERNELS, standIn.folder().resolve(computed ? "cache" : "counted").toString());
    try {
      standIn.reset();
      standIn.set("memory", MEMORY);
      standIn.set("account", computed ? 2 : 1);
      return count(standIn, new ModelCase(model, Section.TRAIN_STEP, batch), precision);
    } finally {
      standIn.reset();
      Optional.ofNullable(kernels)
          .ifPresentOrElse(
              folder -> System.setProperty(KERNELS, folder), () -> System.clearProperty(KERNELS));
    }
  }

  private static StandIn load() {
    Optional<String> lack = StandInBuild.lack();
    if (lack.isPresent()) {
      throw new DeviceException.NotFound(
          "gpu-account: %s; install g++ (apt-get install g++)".formatted(lack.get()));
    }
    String home = System.getenv().getOrDefault("HOME", System.getProperty("user.home"));
    return StandIn.load(StandInBuild.folder(Path.of(home, ".cache", "deit4j", "cuda-stand-in")));
  }

  private static StepAccount count(StandIn standIn, ModelCase model, Precision precision) {
    try (Backend backend = new Contestant("cuda:0", precision, true).open(1);
        Workload step = model.open(backend)) {
      for (int before = 0; before < STEPS_BEFORE; before++) {
        step.run();
      }
      standIn.clearAccount();
      step.run();
      return new StepAccount(
          model.model(),
          model.batch(),
          precision,
          standIn.account(),
          FusedDeit.step(
              BenchmarkModels.transformer(model.model()),
              model.batch(),
              precision,
              model.config().parameterCount()),
          standIn.get("graphLaunches"),
          // The benchmark waits for the step's end.
          standIn.get("waits") - 1,
          standIn.get("eventWaits"));
    }
  }

  private static Stream<StandInWork> launched(List<StandInWork> work) {
    return work.stream().filter(each -> !each.isTransfer());
  }

  private static double sum(List<StandInWork> work, ToDoubleFunction<StandInWork> of) {
    return launched(work).mapToDouble(each -> each.times() * of.applyAsDouble(each)).sum();
  }

  /** Returns how much is launched: kernels, products and copies on the device, and graphs. */
  public long launches() {
    return graphLaunches + (long) sum(work, each -> 1) - nodes();
  }

  /** Returns how many kernels, products and copies are nodes of graphs. */
  public long nodes() {
    return launched(work).mapToLong(StandInWork::nodes).sum();
  }

  /** Returns the bytes that launches read and write. */
  public double bytes() {
    return sum(work, StandInWork::bytes);
  }

  /** Returns the same of the fused DeiT. */
  public double leastBytes() {
    return sum(least, StandInWork::bytes);
  }

  /** Returns the operations. */
  public double flops() {
    return sum(work, StandInWork::operations);
  }

  /** Returns the bytes that go over the bus. */
  public double transferred(String direction) {
    return work.stream()
        .filter(each -> each.name().equals(direction))
        .mapToDouble(each -> each.times() * each.bytes())
        .sum();
  }

  /** Returns images per second that the GPU cannot exceed. */
  public double bound(Gpu gpu) {
    return batch / gpu.bound(work);
  }

  /** Returns the same of the fused DeiT. */
  public double leastBound(Gpu gpu) {
    return batch / gpu.bound(least);
  }
}
