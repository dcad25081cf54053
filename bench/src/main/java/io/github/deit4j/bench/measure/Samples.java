package io.github.deit4j.bench.measure;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Times of the same work.
 *
 * @param milliseconds a call, in the order in which they were taken; one or more
 */
public record Samples(List<Double> milliseconds) {
  /** Keeps a copy of the times. */
  public Samples {
    milliseconds = List.copyOf(milliseconds);
    if (milliseconds.isEmpty()) {
      throw new IllegalArgumentException("samples: expected 1 or more, found none");
    }
  }

  /** Returns the middle time, of an even number the mean of the middle two. */
  public double median() {
    return quantile(0.5);
  }

  /**
   * Returns the time that a share of the samples do not exceed, between two samples in proportion.
   *
   * @param share 0 for the shortest, 1 for the longest
   */
  public double quantile(double share) {
    List<Double> sorted = milliseconds.stream().sorted().toList();
    double place = share * (sorted.size() - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.size() - 1);
    return sorted.get(below) + (place - below) * (sorted.get(above) - sorted.get(below));
  }

  /** Returns the shortest time. */
  public double best() {
    return quantile(0);
  }

  /**
   * Returns the median of {@code other / this}, pair by pair: how many times as fast as the other
   * this is. Pairs were taken one right after the other, so that what slows the machine for a while
   * slows both.
   */
  public double speedupOver(Samples other) {
    int count = milliseconds.size();
    if (count != other.milliseconds.size()) {
      throw new IllegalArgumentException(
          "pairs: expected as many samples of both, found %d and %d"
              .formatted(count, other.milliseconds.size()));
    }
    return new Samples(
            IntStream.range(0, count)
                .mapToObj(i -> other.milliseconds.get(i) / milliseconds.get(i))
                .toList())
        .median();
  }
}
