package io.github.deit4j.bench;

import io.github.deit4j.bench.Findings.Part;
import io.github.deit4j.bench.SuiteReport.Absence;
import io.github.deit4j.bench.cases.Breakdown;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.cases.ImagePipeline;
import io.github.deit4j.bench.cases.ImagePipeline.Step;
import io.github.deit4j.bench.cases.ModelContest;
import io.github.deit4j.bench.cases.OpContest;
import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Bench.Entrant;
import io.github.deit4j.bench.measure.Ceiling;
import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Contender;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.bench.measure.Effort;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.Watch;
import io.github.deit4j.cpu.ThreadTeam;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.tensor.ArenaLimitException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Measures trials in this JVM. */
final class TrialMeasurement {
  /**
   * How much time a round spends.
   *
   * @param allOps whether every op is measured, or only those of which most of a step consists
   * @param starts how often a process is started for a cold start
   * @param trainingSeconds how long training goes on until full speed is taken as reached
   * @param deviceEdge rows and columns of the product that shows a device's peak
   */
  record Pace(Effort samples, boolean allOps, int starts, int trainingSeconds, int deviceEdge) {
    private static final long MIB = 1 << 20;

    static Pace of(boolean quick) {
      return quick
          ? new Pace(effort(5, 5, 200, 200, 128), false, 3, 8, 8192)
          : new Pace(effort(10, 10, 500, 500, 256), true, 5, 20, 8192);
    }

    private static Effort effort(int samples, int sample, int total, int warmUp, int mebibytes) {
      return new Effort(
          samples,
          Duration.ofMillis(sample),
          Duration.ofMillis(total),
          Duration.ofMillis(warmUp),
          mebibytes * MIB);
    }
  }

  private final Pace pace;
  private final Path peers;
  private final Watch watch = new Watch();

  TrialMeasurement(Pace pace, Path peers) {
    this.pace = pace;
    this.peers = peers;
  }

  Part measure(Trial trial) throws IOException, InterruptedException {
    Bench bench = new Bench(trial.threads(), pace.samples(), Ceilings.NONE, watch);
    return switch (trial.kind()) {
      case CEILINGS -> ceilings(trial);
      case OPS -> ops(trial, bench);
      case INFERENCE, TRAIN_STEP -> model(trial, bench);
      case BREAKDOWN -> breakdowns(trial);
      case DATA -> data(trial, bench);
      case PREDICT -> new ColdStart(bench, pace).predict(trial);
      case FULL_SPEED -> new ColdStart(bench, pace).untilFullSpeed(trial);
    };
  }

  private Part ceilings(Trial trial) {
    List<Ceiling> found = new ArrayList<>();
    for (Contestant contestant : trial.contestants()) {
      if (contestant.device()) {
        found.addAll(contestant.ceilings(trial.threads(), pace.samples(), pace.deviceEdge()).all());
      } else {
        found.addAll(Ceilings.ofHost(trial.threads(), pace.samples()).all());
      }
    }
    return new Part(found, List.of(), List.of(), List.of());
  }

  private Part ops(Trial trial, Bench bench) {
    List<Measurement> found = new ArrayList<>();
    OpContest.measure(
        bench,
        trial.model(),
        trial.batch(),
        trial.contestants(),
        (op, _) -> pace.allOps() || op.main(),
        found::addAll);
    return Part.of(found, List.of());
  }

  private Part model(Trial trial, Bench bench) {
    List<Absence> absences = new ArrayList<>();
    List<Measurement> found =
        ModelContest.measure(
            bench,
            trial.modelCase(),
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
    Ceilings ceilings = Ceilings.ofHost(trial.threads(), pace.samples());
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
}
