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
  /** For numbers to publish. The arrays are eight times the 32 MB of a large cache. */
  public static final Effort THOROUGH = of(15, 2, 300, 500, 256);

  /** For a first look: warm all the same, since half-compiled code says nothing. */
  public static final Effort QUICK = of(3, 1, 10, 300, 64);

  /** Returns one whose times are in milliseconds, and the arrays in MiB. */
  public static Effort of(int samples, int sample, int total, int warmUp, int stream) {
    return new Effort(
        samples,
        Duration.ofMillis(sample),
        Duration.ofMillis(total),
        Duration.ofMillis(warmUp),
        (long) stream << 20);
  }
}
