package io.github.deit4j.bench.measure;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How work gets faster after the start of its JVM, while its code is compiled. To be measured in a
 * JVM that has done nothing before.
 *
 * @param runs the runs in their order, one right after the other
 */
public record RampUp(List<Run> runs) {
  /** A run has full speed within this part of the steady time, which noise stays below. */
  private static final double TOLERANCE = 0.1;

  /** One fast run may be luck. */
  private static final int IN_A_ROW = 3;

  /**
   * One run.
   *
   * @param start seconds from the start of the process
   * @param milliseconds how long it took
   */
  public record Run(double start, double milliseconds) {}

  /** Keeps a copy of the runs. */
  public RampUp {
    runs = List.copyOf(runs);
  }

  /**
   * Runs work again and again.
   *
   * @param seconds for so long; once at least
   */
  public static RampUp of(Runnable work, double seconds) {
    List<Run> runs = new ArrayList<>();
    double begin = sinceProcessStart();
    do {
      double start = sinceProcessStart();
      long nanos = System.nanoTime();
      work.run();
      runs.add(new Run(start, (System.nanoTime() - nanos) / 1e6));
    } while (sinceProcessStart() < begin + seconds);
    return new RampUp(runs);
  }

  private static double sinceProcessStart() {
    Instant start = ProcessHandle.current().info().startInstant().orElseThrow();
    return Duration.between(start, Instant.now()).toNanos() / 1e9;
  }

  /** Returns the median time of the second half of the runs, in milliseconds. */
  public double steadyMilliseconds() {
    List<Double> last =
        runs.subList(runs.size() / 2, runs.size()).stream().map(Run::milliseconds).toList();
    return new Samples(last).median();
  }

  /**
   * Returns when full speed was reached: the start of the first three runs in a row that take at
   * most 1.1 times the steady time, in seconds from the start of the process; empty if there are
   * none.
   */
  public OptionalDouble secondsToFullSpeed() {
    double most = (1 + TOLERANCE) * steadyMilliseconds();
    for (int i = 0; i + IN_A_ROW <= runs.size(); i++) {
      if (runs.subList(i, i + IN_A_ROW).stream().allMatch(run -> run.milliseconds() <= most)) {
        return OptionalDouble.of(runs.get(i).start());
      }
    }
    return OptionalDouble.empty();
  }
}
