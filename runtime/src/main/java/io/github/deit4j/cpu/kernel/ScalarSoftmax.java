package io.github.deit4j.cpu.kernel;

/** {@link Softmax} as specified. */
final class ScalarSoftmax implements Softmax {
  @Override
  public void exponentials(
      float[] x, int rows, int width, int stride, float scale, float[] max, float[] reciprocal) {
    for (int row = 0; row < rows; row++) {
      int start = row * stride;
      float largest = Float.NEGATIVE_INFINITY;
      for (int j = 0; j < width; j++) {
        largest = x[start + j] > largest ? x[start + j] : largest;
      }
      // Never −0, whose bits would depend on the order; a NaN comes back in the sum.
      float m = scale * largest + 0f;
      float[] lanes = new float[Lanes.COUNT];
      for (int j = 0; j < width; j++) {
        float e = ScalarMath.exp(Math.fma(scale, x[start + j], -m));
        x[start + j] = e;
        lanes[j % Lanes.COUNT] += e;
      }
      max[row] = m;
      reciprocal[row] = 1f / Lanes.sum(lanes);
    }
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
