package io.github.deit4j.bench.suite;

/** Measures a trial once. */
@FunctionalInterface
interface TrialRunner {
  /** A trial that came to nothing; the message, one line, says why. */
  final class TrialFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    TrialFailedException(String message) {
      super(message);
    }
  }

  /**
   * Measures one round.
   *
   * @throws TrialFailedException if nothing was measured
   * @throws InterruptedException if somebody wants the suite to stop
   */
  TrialResult run(Trial trial) throws TrialFailedException, InterruptedException;
}
