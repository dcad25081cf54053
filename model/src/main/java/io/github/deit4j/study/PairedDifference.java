package io.github.deit4j.study;

import java.util.List;
import java.util.Map;

/**
 * The difference of two models over the seeds that both have. A seed's luck (its images, its first
 * weights) is in both and drops out, so that it says more than two means.
 *
 * @param seeds how many pairs there are
 * @param mean of the differences
 * @param halfWidth of the 95 % confidence interval around the mean, by Student's t; NaN for fewer
 *     than two pairs
 */
public record PairedDifference(int seeds, double mean, double halfWidth) {
  /** The 97.5 % quantile of Student's t for 1, 2, … 30 degrees of freedom. */
  private static final double[] T = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042
  };

  /**
   * Returns {@code a − b}.
   *
   * @param a values by seed
   * @param b the same of the other model
   */
  public static PairedDifference of(Map<Long, Double> a, Map<Long, Double> b) {
    List<Double> differences =
        a.keySet().stream().filter(b::containsKey).map(seed -> a.get(seed) - b.get(seed)).toList();
    int n = differences.size();
    double mean = differences.stream().mapToDouble(x -> x).average().orElse(Double.NaN);
    double squares = differences.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
    // Beyond the table the last quantile is a little too large, and so the interval.
    double t = n < 2 ? Double.NaN : T[Math.min(n - 2, T.length - 1)];
    return new PairedDifference(n, mean, t * Math.sqrt(squares / (n - 1) / n));
  }
}
