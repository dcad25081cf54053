package io.github.deit4j.bench;

import io.github.deit4j.bench.Findings.Part;
import io.github.deit4j.bench.SuiteReport.Absence;
import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.cases.ImagePipeline;
import io.github.deit4j.bench.cases.ImagePipeline.Step;
import io.github.deit4j.bench.cases.OpContest;
import io.github.deit4j.bench.cases.Workload;
import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Bench.Entrant;
import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Ceilings.Ceiling;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Contest.Contender;
import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.Measurement.Round;
import io.github.deit4j.bench.measure.Measurement.Samples;
import io.github.deit4j.bench.measure.Watch;
import io.github.deit4j.cpu.ThreadTeam;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.Precision;
import io.github.deit4j.export.ExportFormat;
import io.github.deit4j.tensor.ArenaLimitException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Measures trials in this JVM. */
final class TrialMeasurement {
  /**
   * How much time a round spends.
   *
   * @param allOps whether every op is measured, or only those of which most of a step consists
   * @param trainingSeconds how long training goes on until full speed is taken as reached
   */
  record Pace(Effort samples, boolean allOps, int starts, int trainingSeconds, int deviceEdge) {
    static Pace of(boolean quick) {
      return quick
          ? new Pace(Effort.of(5, 5, 200, 200, 128), false, 3, 8, 8192)
          : new Pace(Effort.of(10, 10, 500, 500, 256), true, 5, 20, 8192);
    }
  }

  private static final String PROGRAM = "io.github.deit4j.cli.Main";

  /** A step this much longer than those in the end is not at full speed. */
  private static final double SLOWER = 1.1;

  private static final int STEPS = 3;

  private final Pace pace;
  private final Path peers;
  private final Watch watch = new Watch();

  TrialMeasurement(Pace pace, Path peers) {
    this.pace = pace;
    this.peers = peers;
  }

  /**
   * Measures a trial.
   *
   * @param soFar is given what there is whenever a part of it that is of use alone is done
   */
  Part measure(Trial trial, Consumer<Part> soFar) throws Exception {
    Bench bench = new Bench(trial.threads(), pace.samples(), Ceilings.NONE, watch);
    return switch (trial.kind()) {
      case CEILINGS -> ceilings(trial);
      case OPS -> ops(trial, bench, soFar);
      case INFERENCE, TRAIN_STEP -> model(trial, bench);
      case BREAKDOWN -> breakdowns(trial);
      case DATA -> data(trial, bench);
      case PREDICT -> predict(trial, bench);
      case FULL_SPEED -> untilFullSpeed(trial, bench);
    };
  }

  private Part ceilings(Trial trial) {
    List<Ceiling> found =
        trial.contestants().stream()
            .map(
                each ->
                    each.device()
                        ? each.ceilings(pace.samples(), pace.deviceEdge())
                        : Ceilings.ofHost(trial.threads(), pace.samples(), Precision.FP32).all())
            .flatMap(List::stream)
            .toList();
    return new Part(found, List.of(), List.of(), List.of());
  }

  private Part ops(Trial trial, Bench bench, Consumer<Part> soFar) {
    List<Measurement> found = new ArrayList<>();
    new OpContest(bench, trial.model(), trial.batch(), trial.contestants())
        .measure(
            (op, _) -> pace.allOps() || op.main(),
            more -> {
              found.addAll(more);
              soFar.accept(Part.of(List.copyOf(found), List.of()));
            });
    return Part.of(found, List.of());
  }

  private Part model(Trial trial, Bench bench) {
    List<Absence> absences = new ArrayList<>();
    List<Measurement> found =
        trial
            .modelCase()
            .measure(
                bench,
                trial.contestants(),
                peers,
                _ -> {},
                (contestant, e) -> absences.add(absence(trial, contestant, e)));
    return Part.of(found, absences);
  }

  private static Absence absence(Trial trial, Contestant contestant, RuntimeException e) {
    if (e instanceof DeviceException
        || e instanceof ArenaLimitException
        || e.getCause() instanceof OutOfMemoryError) {
      String what = trial.modelCase().cell(contestant, trial.threads()).toString();
      return new Absence(what, e.getMessage().lines().findFirst().orElseThrow());
    }
    throw e;
  }

  private Part breakdowns(Trial trial) {
    Ceilings ceilings = Ceilings.ofHost(trial.threads(), pace.samples(), Precision.FP32);
    Bench bench = new Bench(trial.threads(), pace.samples(), ceilings, watch);
    List<Breakdown> found =
        trial.contestants().stream()
            .map(each -> Breakdown.of(trial.modelCase(), each, bench))
            .toList();
    return new Part(List.of(), List.of(), found, List.of());
  }

  /** On one thread every step of it; on several all of it, an image for each thread. */
  private Part data(Trial trial, Bench bench) {
    List<Measurement> found = new ArrayList<>();
    List<Integer> shape = List.of(trial.batch(), 3, ImagePipeline.HEIGHT, ImagePipeline.WIDTH);
    try (ThreadTeam team = new ThreadTeam(trial.threads())) {
      List<ImagePipeline> pipelines =
          IntStream.range(0, trial.batch()).mapToObj(_ -> new ImagePipeline()).toList();
      for (Step step : Step.values()) {
        if (trial.threads() == 1 || step == Step.DECODE_AND_AUGMENT) {
          Cell cell = trial.cell(trial.contestants().getFirst(), step.id(), shape);
          Runnable images =
              () -> team.run(pipelines.size(), (index, _) -> pipelines.get(index).run(step));
          found.addAll(
              bench.contest(List.of(new Entrant(cell, Cost.NONE, Contender.of(images), null))));
        }
      }
    }
    return Part.of(found, List.of());
  }

  /** Starts {@code deit predict} on a JPEG file again and again and waits for its end. */
  private Part predict(Trial trial, Bench bench) throws Exception {
    Path weights = Files.createTempFile("deit4j-predict", ".safetensors");
    Path image = Files.createTempFile("deit4j-predict", ".jpg");
    try {
      Files.write(image, ImagePipeline.jpeg());
      BenchmarkModels.write(trial.model(), ExportFormat.TIMM, weights);
      String backend = trial.contestants().getFirst().backend();
      String threads = Integer.toString(trial.threads());
      List<String> command = new ArrayList<>(List.of("predict", "--backend", backend));
      command.addAll(List.of("--threads", threads, "--weights", weights.toString()));
      command.add(image.toString());
      return cold(trial, bench, watch.cold(() -> starts(command)));
    } finally {
      Files.delete(weights);
      Files.delete(image);
    }
  }

  private List<Double> starts(List<String> command) throws Exception {
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
  private Part untilFullSpeed(Trial trial, Bench bench) throws Exception {
    long started = ManagementFactory.getRuntimeMXBean().getStartTime();
    Round round =
        watch.cold(
            () -> {
              try (Backend backend = trial.contestants().getFirst().open(trial.threads())) {
                Thread warmUp = Thread.ofPlatform().daemon().start(backend::warmUp);
                try (Workload step = trial.modelCase().open(backend)) {
                  warmUp.join();
                  List<Long> times = stepTimes(step, started + 1000L * pace.trainingSeconds());
                  return List.of((double) (times.get(firstAtFullSpeed(times)) - started));
                }
              }
            });
    return cold(trial, bench, round);
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

  private static Part cold(Trial trial, Bench bench, Round round) {
    Contestant contestant = trial.contestants().getFirst();
    Cell cell = trial.cell(contestant, trial.kind().op, trial.modelCase().shape());
    return Part.of(List.of(bench.measurement(cell, Cost.NONE, round)), List.of());
  }
}
