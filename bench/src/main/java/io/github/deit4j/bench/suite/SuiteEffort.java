package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.measure.Effort;
import java.time.Duration;

/**
 * How much time a round spends.
 *
 * @param samples on a cell
 * @param allOps whether every op is measured, or only those of which most of a step consists
 * @param starts how often a process is started for a cold start
 * @param trainingSeconds how long training goes on until full speed is taken as reached
 * @param deviceEdge rows and columns of the product that shows a device's peak
 */
record SuiteEffort(
    Effort samples, boolean allOps, int starts, int trainingSeconds, int deviceEdge) {
  private static final long MIB = 1 << 20;

  private static final SuiteEffort QUICK =
      new SuiteEffort(
          new Effort(
              5, Duration.ofMillis(5), Duration.ofMillis(200), Duration.ofMillis(200), 128 * MIB),
          false,
          3,
          8,
          8192);

  private static final SuiteEffort FULL =
      new SuiteEffort(
          new Effort(
              10, Duration.ofMillis(10), Duration.ofMillis(500), Duration.ofMillis(500), 256 * MIB),
          true,
          5,
          20,
          8192);

  static SuiteEffort of(boolean quick) {
    return quick ? QUICK : FULL;
  }
}
