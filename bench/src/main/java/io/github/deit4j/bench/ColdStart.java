package io.github.deit4j.bench;

import io.github.deit4j.bench.Findings.Part;
import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.ImagePipeline;
import io.github.deit4j.bench.cases.ModelCase;
import io.github.deit4j.bench.cases.Workload;
import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.bench.measure.Round;
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

  private static final int STEPS = 3;

  private final Bench bench;
  private final TrialMeasurement.Pace pace;

  ColdStart(Bench bench, TrialMeasurement.Pace pace) {
    this.bench = bench;
    this.pace = pace;
  }

  /** Starts {@code deit predict} on a JPEG file again and again and waits for its end. */
  Part predict(Trial trial) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("deit4j-predict");
    Path weights = folder.resolve("model.safetensors");
    Path image = folder.resolve("image.jpg");
    try {
      Files.write(image, ImagePipeline.jpeg());
      BenchmarkModels.write(trial.model(), ExportFormat.TIMM, weights);
      String backend = trial.contestants().getFirst().backend();
      String threads = Integer.toString(trial.threads());
      List<String> command = new ArrayList<>(List.of("predict", "--backend", backend));
      command.addAll(List.of("--threads", threads, "--weights", weights.toString()));
      command.add(image.toString());
      return part(trial, bench.watch().cold(() -> starts(command)));
    } finally {
      Files.deleteIfExists(weights);
      Files.deleteIfExists(image);
      Files.deleteIfExists(folder);
    }
  }

  private List<Double> starts(List<String> command) throws IOException, InterruptedException {
    List<Double> milliseconds = new ArrayList<>();
    for (int i = 0; i < pace.starts(); i++) {
      long begin = System.nanoTime();
      Process process =
          ForkedTrials.jvm(PROGRAM, command)
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
  Part untilFullSpeed(Trial trial) throws InterruptedException {
    return part(trial, bench.watch().cold(() -> List.of(millisecondsUntilFullSpeed(trial))));
  }

  private double millisecondsUntilFullSpeed(Trial trial) throws InterruptedException {
    ModelCase model = trial.modelCase();
    long started = ManagementFactory.getRuntimeMXBean().getStartTime();
    try (Backend backend = trial.contestants().getFirst().open(trial.threads())) {
      Thread warmUp = Thread.ofPlatform().daemon().start(backend::warmUp);
      try (Workload step = model.open(backend)) {
        warmUp.join();
        List<Long> times = stepTimes(step, started + 1000L * pace.trainingSeconds());
        return times.get(firstAtFullSpeed(times)) - started;
      }
    }
  }

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

  private Part part(Trial trial, Round round) {
    Cell cell =
        trial.cell(trial.contestants().getFirst(), trial.kind().op, trial.modelCase().shape());
    return Part.of(List.of(bench.measurement(cell, Cost.NONE, round)), List.of());
  }
}
