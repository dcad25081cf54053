package io.github.deit4j.data.transform;

/**
 * Sums of weighted rows of levels in fixed point, rounded to levels: the arithmetic of {@link
 * Resampler}, as specified.
 */
final class WeightedRows {
  static final int PRECISION_BITS = 22;
  static final int HALF = 1 << (PRECISION_BITS - 1);

  private WeightedRows() {}

  /**
   * {@code levels[x] = Σ weights[tap]·source[first + tap·stride + x]}, for x of {@code from} to
   * {@code levels.length − 1}.
   */
  static void sum(int[] levels, int[] source, int first, int stride, int[] weights, int from) {
    for (int x = from; x < levels.length; x++) {
      int sum = HALF;
      int at = first + x;
      for (int weight : weights) {
        sum += weight * source[at];
        at += stride;
      }
      levels[x] = Math.min(255, Math.max(0, sum >> PRECISION_BITS));
    }
  }
}
