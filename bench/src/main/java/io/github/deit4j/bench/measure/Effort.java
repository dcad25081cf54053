package io.github.deit4j.bench.measure;

import java.time.Duration;

/**
 * How much time to spend on a number.
 *
 * @param samples the least number of samples
 * @param sample the least time of a sample of mean speed; shorter work is called several times in
 *     one
 * @param warmUp a contender is warm when for so long its best time has not fallen, and the JVM
 *     compiled for less than a tenth of it
 * @param streamBytes of each of the three arrays on which memory is measured
 */
public record Effort(
    int samples, Duration sample, Duration total, Duration warmUp, long streamBytes) {
  private static final long MIB = 1 << 20;

  /** For numbers to publish. The arrays are eight times the 32 MB of a large cache. */
  public static final Effort THOROUGH =
      new Effort(
          15, Duration.ofMillis(2), Duration.ofMillis(300), Duration.ofMillis(500), 256 * MIB);

  /** For a first look: warm all the same, since half-compiled code says nothing. */
  public static final Effort QUICK =
      new Effort(3, Duration.ofMillis(1), Duration.ofMillis(10), Duration.ofMillis(300), 64 * MIB);
}
