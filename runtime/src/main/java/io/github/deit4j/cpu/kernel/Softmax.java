package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.core.Lanes;

/**
 * Softmax of rows of attention scores, and its gradient, in place. Rows lie {@code stride} elements
 * apart, at least as many as {@link #stride} says; so many are overwritten, those behind a row's
 * end too. Sums follow the 16-lane rule.
 */
public interface Softmax {
  /** Returns the least row stride for rows of {@code width} numbers: the next multiple of 16. */
  static int stride(int width) {
    return (width + Lanes.COUNT - 1) / Lanes.COUNT * Lanes.COUNT;
  }

  /**
   * With {@code m = scale·max(x)}: {@code x = exp(fma(scale, x, −m))}. Divided by its sum, a row
   * would be the probabilities; it is cheaper to divide what is computed from it.
   *
   * @param max receives m of each row
   * @param reciprocal receives 1/Σx of each row
   */
  void exponentials(
      float[] x, int rows, int width, int stride, float scale, float[] max, float[] reciprocal);

  /**
   * Computes the probabilities from the kept maxima and reciprocals: {@code x = exp(fma(scale, x,
   * −m))·reciprocal}.
   */
  void probabilities(
      float[] x, int rows, int width, int stride, float scale, float[] max, float[] reciprocal);

  /** With {@code d = Σ fma(p, dp)} over a row: {@code dp = p·(dp − d)·scale}. */
  void backward(float[] dp, float[] p, int rows, int width, int stride, float scale);
}
