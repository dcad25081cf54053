package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.ImagePipeline;
import io.github.deit4j.bench.ModelCase;
import io.github.deit4j.bench.ModelFile;
import io.github.deit4j.bench.Workload;
import io.github.deit4j.bench.measure.Samples;
import io.github.deit4j.device.Backend;
import io.github.deit4j.export.ExportFormat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What one waits for before anything is warm. */
final class ColdStart {
  private static final String PROGRAM = "io.github.deit4j.cli.Main";

  /** A step this much longer than those in the end is not at full speed. */
  private static final double SLOWER = 1.1;

  /** So many steps in a row at full speed show that it is reached. */
  private static final int STEPS = 3;

  private final Watch watch;
  private final SuiteEffort effort;

  ColdStart(Watch watch, SuiteEffort effort) {
    this.watch = watch;
    this.effort = effort;
  }

  /** Starts {@code deit predict} on a JPEG file again and again and waits for its end. */
  TrialResult predict(Trial trial) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("deit4j-predict");
    Path weights = folder.resolve("model.safetensors");
    Path image = folder.resolve("image.jpg");
    try {
      Files.write(image, ImagePipeline.jpeg());
      try (Backend backend = open(trial)) {
        ModelFile.write(backend, trial.model(), ExportFormat.TIMM, weights);
      }
      List<String> command =
          List.of(
              "predict",
              "--backend",
              trial.contestants().getFirst().backend(),
              "--threads",
              Integer.toString(trial.threads()),
              "--weights",
              weights.toString(),
              image.toString());
      return observe(trial, () -> List.of(new Samples(starts(command))));
    } finally {
      Files.deleteIfExists(weights);
      Files.deleteIfExists(image);
      Files.deleteIfExists(folder);
    }
  }

  private List<Double> starts(List<String> command) throws IOException, InterruptedException {
    List<Double> milliseconds = new ArrayList<>();
    for (int i = 0; i < effort.starts(); i++) {
      long begin = System.nanoTime();
      Process process =
          Jvm.builder(PROGRAM, command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      int code = process.waitFor();
      if (code != 0) {
        throw new IllegalStateException("deit " + String.join(" ", command) + ": exit " + code);
      }
      milliseconds.add((System.nanoTime() - begin) * 1e-6);
    }
    return milliseconds;
  }

  /**
   * Trains from the start of this JVM on, for a given time, after the warm-up that {@code deit
   * train} has too; the sample is the time from the JVM's start to the beginning of the first steps
   * at the speed of the last.
   */
  TrialResult untilFullSpeed(Trial trial) throws InterruptedException {
    return observe(trial, () -> List.of(new Samples(List.of(millisecondsUntilFullSpeed(trial)))));
  }

  private double millisecondsUntilFullSpeed(Trial trial) throws InterruptedException {
    ModelCase model = new ModelCase(trial.model(), ModelCase.Mode.TRAIN_STEP, trial.batch());
    long started = ManagementFactory.getRuntimeMXBean().getStartTime();
    try (Backend backend = open(trial)) {
      Thread warmUp = Thread.ofPlatform().daemon().start(backend::warmUp);
      try (Workload step = model.open(backend)) {
        warmUp.join();
        List<Long> times = stepTimes(step, started + 1000L * effort.trainingSeconds());
        return times.get(firstAtFullSpeed(times)) - started;
      }
    }
  }

  /** Returns when the first step begins and when each one ends. */
  private static List<Long> stepTimes(Workload step, long end) {
    List<Long> times = new ArrayList<>();
    times.add(System.currentTimeMillis());
    while (times.getLast() < end || times.size() <= 2 * STEPS) {
      step.run();
      times.add(System.currentTimeMillis());
    }
    return times;
  }

  /**
   * Returns the index of the time at which the first steps at full speed begin: the first one is,
   * and so are all of them together, since on a shared machine single ones are slower at any time.
   */
  static int firstAtFullSpeed(List<Long> times) {
    int steps = times.size() - 1;
    List<Double> last = new ArrayList<>();
    for (int i = steps / 2; i < steps; i++) {
      last.add((double) (times.get(i + 1) - times.get(i)));
    }
    double enough = SLOWER * new Samples(last).median();
    for (int i = 0; i + STEPS <= steps; i++) {
      if (times.get(i + 1) - times.get(i) <= enough
          && times.get(i + STEPS) - times.get(i) <= STEPS * enough) {
        return i;
      }
    }
    return steps / 2;
  }

  private static Backend open(Trial trial) {
    return TrialMeasurement.open(trial.contestants().getFirst(), trial.threads());
  }

  private <E extends Exception> TrialResult observe(Trial trial, Watch.Work<E> work)
      throws E, InterruptedException {
    Cell cell = ModelTrial.cell(trial, trial.kind().section(), trial.contestants().getFirst());
    Round round = watch.cold(work).round(0, null);
    return TrialResult.of(List.of(new TrialResult.CellRound(cell, null, null, round)), List.of());
  }
}
