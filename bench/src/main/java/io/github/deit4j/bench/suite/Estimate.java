package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.ModelCase;
import io.github.deit4j.bench.measure.Ceilings;
import io.github.deit4j.vit.DeiTConfig;

/**
 * Guesses how long a round of a trial takes, before it is tried: from what was measured of the same
 * model, else from the ceilings. A wrong guess costs time or a cell, never a number.
 */
final class Estimate {
  /** Starting a JVM, warming up the clock's probe. */
  private static final double START = 1;

  /** Until a JVM has compiled a model or the data path, and measuring may begin. */
  private static final double COMPILING = 8;

  /** Starting a peer and having it load the model. */
  private static final double PEER_START = 4;

  /** Parameters that are made and packed in a second. */
  private static final double PARAMETERS = 30e6;

  /** Calls besides the samples: the check, warming up. */
  private static final int MORE_CALLS = 4;

  /** Share of the peak that a model reaches, on a host and on a device. */
  private static final double HOST_SHARE = 0.5;

  private static final double DEVICE_SHARE = 0.1;

  private static final int MAIN_OPS = 17;
  private static final int ALL_OPS = 65;
  private static final int DATA_STEPS = 4;

  private final SuiteEffort effort;
  private final Results results;

  Estimate(SuiteEffort effort, Results results) {
    this.effort = effort;
    this.results = results;
  }

  /** Returns seconds. */
  double seconds(Trial trial) {
    double cell = leastSeconds();
    int contestants = trial.contestants().size();
    return START
        + switch (trial.kind()) {
          case CEILINGS -> 4 * contestants;
          case OPS -> (effort.allOps() ? ALL_OPS : MAIN_OPS) * cell * contestants;
          case DATA -> COMPILING + DATA_STEPS * cell;
          case PREDICT -> 2 * effort.starts();
          case FULL_SPEED -> effort.trainingSeconds();
          case INFERENCE, TRAIN_STEP, BREAKDOWN ->
              COMPILING
                  + trial.contestants().stream().mapToDouble(each -> seconds(trial, each)).sum();
        };
  }

  /** Returns the seconds of one contestant with a model. */
  double seconds(Trial trial, Contestant contestant) {
    double parameters = DeiTConfig.named(trial.model()).parameterCount();
    double call = millisecondsPerCall(trial, contestant) * 1e-3;
    return (contestant.isPeer() ? PEER_START : 0)
        + parameters / PARAMETERS
        + Math.max(leastSeconds(), (effort.samples().samples() + MORE_CALLS) * call);
  }

  private double leastSeconds() {
    return (effort.samples().total().toMillis() + 2 * effort.samples().warmUp().toMillis()) * 1e-3;
  }

  private double millisecondsPerCall(Trial trial, Contestant contestant) {
    Double image = results.millisecondsPerImage(trial, contestant);
    if (image != null) {
      return image * trial.batch();
    }
    ModelCase.Mode mode =
        trial.kind() == Trial.Kind.INFERENCE ? ModelCase.Mode.INFERENCE : ModelCase.Mode.TRAIN_STEP;
    double flop = new ModelCase(trial.model(), mode, trial.batch()).flop();
    Ceilings roof = results.roofs().of(contestant, trial.threads());
    double share = contestant.onDevice() ? DEVICE_SHARE : HOST_SHARE;
    return roof == null ? 0 : flop / (share * roof.gflops()) * 1e-6;
  }
}
