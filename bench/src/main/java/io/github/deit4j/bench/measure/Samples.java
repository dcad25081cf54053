package io.github.deit4j.bench.measure;

import java.util.Arrays;
import java.util.List;

/** Times of the same work, in milliseconds a call, in the order in which they were taken. */
public final class Samples {
  private final double[] milliseconds;

  /**
   * Keeps a copy of the times.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Samples(List<Double> milliseconds) {
    if (milliseconds.isEmpty()) {
      throw new IllegalArgumentException("samples: expected 1 or more, found none");
    }
    this.milliseconds = milliseconds.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Returns the times in the order in which they were taken. */
  public List<Double> milliseconds() {
    return Arrays.stream(milliseconds).boxed().toList();
  }

  /** Returns how many there are. */
  public int count() {
    return milliseconds.length;
  }

  /** Returns the middle time, of an even number the mean of the middle two. */
  public double median() {
    return median(milliseconds);
  }

  /**
   * Returns the time that a share of the samples do not exceed, between two samples in proportion.
   *
   * @param share 0 for the shortest, 1 for the longest
   */
  public double quantile(double share) {
    double[] sorted = milliseconds.clone();
    Arrays.sort(sorted);
    double place = share * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }

  /** Returns the shortest time. */
  public double best() {
    return Arrays.stream(milliseconds).min().orElseThrow();
  }

  /**
   * Returns the median of {@code other / this}, pair by pair: how many times as fast as the other
   * this is. Pairs were taken one right after the other, so that what slows the machine for a while
   * slows both.
   *
   * @throws IllegalArgumentException if the counts differ
   */
  public double speedupOver(Samples other) {
    if (count() != other.count()) {
      throw new IllegalArgumentException(
          "pairs: expected as many samples of both, found %d and %d"
              .formatted(count(), other.count()));
    }
    double[] ratios = new double[count()];
    Arrays.setAll(ratios, i -> other.milliseconds[i] / milliseconds[i]);
    return median(ratios);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
