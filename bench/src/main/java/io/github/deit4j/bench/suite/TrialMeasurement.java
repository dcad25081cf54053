package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.Breakdown;
import io.github.deit4j.bench.ModelCase;
import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Measures trials in this JVM. */
final class TrialMeasurement {
  private final SuiteEffort effort;
  private final Path peers;
  private final Watch watch = new Watch();

  /**
   * Creates the measurement.
   *
   * @param peers folder of the peers
   */
  TrialMeasurement(SuiteEffort effort, Path peers) {
    this.effort = effort;
    this.peers = peers;
  }

  /** Measures one round of a trial. */
  TrialResult measure(Trial trial) throws IOException, InterruptedException {
    return switch (trial.kind()) {
      case CEILINGS -> ceilings(trial);
      case OPS -> new OpTrial(watch, effort).measure(trial);
      case INFERENCE, TRAIN_STEP -> new ModelTrial(watch, effort, peers).measure(trial);
      case BREAKDOWN -> breakdowns(trial);
      case DATA -> new DataTrial(watch, effort).measure(trial);
      case PREDICT -> new ColdStart(watch, effort).predict(trial);
      case FULL_SPEED -> new ColdStart(watch, effort).untilFullSpeed(trial);
    };
  }

  static Backend open(Contestant contestant, int threads) {
    return Backends.select(contestant.backend(), threads, contestant.precision()).backend();
  }

  private TrialResult ceilings(Trial trial) {
    List<Ceiling> found = new ArrayList<>();
    for (Contestant contestant : trial.contestants()) {
      if (contestant.onDevice()) {
        try (Backend backend = open(contestant, trial.threads())) {
          found.addAll(
              new DeviceCeilings(effort.samples(), effort.deviceEdge())
                  .measure(backend, contestant.precision()));
        }
      } else {
        Ceilings host = Ceilings.measure(trial.threads(), effort.samples());
        found.add(ceiling(contestant, Ceiling.Kind.ARITHMETIC, trial, host.gflops()));
        found.add(ceiling(contestant, Ceiling.Kind.MEMORY, trial, host.bandwidth()));
      }
    }
    return new TrialResult(found, List.of(), List.of(), List.of());
  }

  private static Ceiling ceiling(
      Contestant contestant, Ceiling.Kind kind, Trial trial, double value) {
    return new Ceiling(contestant.backend(), kind, contestant.precision(), trial.threads(), value);
  }

  private TrialResult breakdowns(Trial trial) {
    ModelCase step = new ModelCase(trial.model(), ModelCase.Mode.TRAIN_STEP, trial.batch());
    Ceilings ceilings = Ceilings.measure(trial.threads(), effort.samples());
    List<StepBreakdown> found = new ArrayList<>();
    for (Contestant contestant : trial.contestants()) {
      try (Backend backend = open(contestant, trial.threads())) {
        Breakdown parts = Breakdown.of(step, backend, ceilings, effort.samples());
        Cell cell = ModelTrial.cell(trial, Section.TRAIN_STEP, contestant);
        found.add(new StepBreakdown(cell, parts.milliseconds(), parts.lines()));
      }
    }
    return new TrialResult(List.of(), List.of(), found, List.of());
  }
}
