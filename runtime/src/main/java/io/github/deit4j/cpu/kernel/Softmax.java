package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.core.Lanes;
import io.github.deit4j.cpu.core.ScalarMath;

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

  /** The specification. */
  final class ScalarSoftmax implements Softmax {
    @Override
    public void exponentials(
        float[] x, int rows, int width, int stride, float scale, float[] max, float[] reciprocal) {
      for (int row = 0; row < rows; row++) {
        int start = row * stride;
        // Never −0, whose bits would depend on the order; a NaN comes back in the sum.
        max[row] = scale * largest(x, start, start + width) + 0f;
        reciprocal[row] = 1f / exponentials(x, start, width, scale, max[row]);
      }
    }

    // Small loops: a new JVM compiles them in a tenth of the time that one large loop takes.

    private static float largest(float[] x, int start, int end) {
      float largest = Float.NEGATIVE_INFINITY;
      for (int j = start; j < end; j++) {
        largest = x[j] > largest ? x[j] : largest;
      }
      return largest;
    }

    /** Replaces each x by exp(scale·x − maximum), and returns the sum. */
    private static float exponentials(float[] x, int start, int width, float scale, float maximum) {
      float[] lanes = new float[Lanes.COUNT];
      for (int j = 0; j < width; j++) {
        float e = ScalarMath.exp(Math.fma(scale, x[start + j], -maximum));
        x[start + j] = e;
        lanes[j % Lanes.COUNT] += e;
      }
      return Lanes.sum(lanes);
    }

    @Override
    public void probabilities(
        float[] x, int rows, int width, int stride, float scale, float[] max, float[] reciprocal) {
      for (int row = 0; row < rows; row++) {
        int start = row * stride;
        for (int j = 0; j < width; j++) {
          float e = ScalarMath.exp(Math.fma(scale, x[start + j], -max[row]));
          x[start + j] = e * reciprocal[row];
        }
      }
    }

    @Override
    public void backward(float[] dp, float[] p, int rows, int width, int stride, float scale) {
      for (int row = 0; row < rows; row++) {
        int start = row * stride;
        float[] lanes = new float[Lanes.COUNT];
        for (int j = 0; j < width; j++) {
          int lane = j % Lanes.COUNT;
          lanes[lane] = Math.fma(p[start + j], dp[start + j], lanes[lane]);
        }
        float d = Lanes.sum(lanes);
        for (int j = 0; j < width; j++) {
          dp[start + j] = p[start + j] * (dp[start + j] - d) * scale;
        }
      }
    }
  }
}
