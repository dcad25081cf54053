package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/** {@link Softmax} as specified. */
final class ScalarSoftmax implements Softmax {
  @Override
  public void exponentials(
      MemorySegment x,
      int rows,
      int width,
      int stride,
      float scale,
      MemorySegment max,
      MemorySegment reciprocal,
      long keep) {
    float[] values = new float[width];
    for (int row = 0; row < rows; row++) {
      long start = 4L * row * stride;
      MemorySegment.copy(x, JAVA_FLOAT, start, values, 0, width);
      float m = scaledMaximum(values, scale);
      float sum = exponentials(values, scale, m);
      MemorySegment.copy(values, 0, x, JAVA_FLOAT, start, width);
      max.setAtIndex(JAVA_FLOAT, keep + row, m);
      reciprocal.setAtIndex(JAVA_FLOAT, keep + row, 1f / sum);
    }
  }

  // Small loops over arrays: a new JVM compiles them in a tenth of the time that one loop over
  // memory segments takes.

  private static float scaledMaximum(float[] values, float scale) {
    float m = Float.NEGATIVE_INFINITY;
    for (float value : values) {
      m = Math.max(m, scale * value);
    }
    return m;
  }

  /** Replaces each x by exp(scale·x − maximum), and returns the sum. */
  private static float exponentials(float[] values, float scale, float maximum) {
    float[] lanes = new float[Lanes.COUNT];
    for (int j = 0; j < values.length; j++) {
      values[j] = ScalarMath.exp(scale * values[j] - maximum);
      lanes[j % Lanes.COUNT] += values[j];
    }
    return Lanes.sum(lanes);
  }

  @Override
  public void probabilities(
      MemorySegment x,
      int rows,
      int width,
      int stride,
      float scale,
      MemorySegment max,
      MemorySegment reciprocal,
      long keep) {
    for (int row = 0; row < rows; row++) {
      long start = (long) row * stride;
      float m = max.getAtIndex(JAVA_FLOAT, keep + row);
      float r = reciprocal.getAtIndex(JAVA_FLOAT, keep + row);
      for (int j = 0; j < width; j++) {
        float e = ScalarMath.exp(scale * x.getAtIndex(JAVA_FLOAT, start + j) - m);
        x.setAtIndex(JAVA_FLOAT, start + j, e * r);
      }
    }
  }

  @Override
  public void backward(
      MemorySegment dp, MemorySegment p, int rows, int width, int stride, float scale) {
    for (int row = 0; row < rows; row++) {
      long start = (long) row * stride;
      float[] lanes = new float[Lanes.COUNT];
      for (int j = 0; j < width; j++) {
        int lane = j % Lanes.COUNT;
        float probability = p.getAtIndex(JAVA_FLOAT, start + j);
        lanes[lane] = Math.fma(probability, dp.getAtIndex(JAVA_FLOAT, start + j), lanes[lane]);
      }
      float d = Lanes.sum(lanes);
      for (int j = 0; j < width; j++) {
        float probability = p.getAtIndex(JAVA_FLOAT, start + j);
        float gradient = probability * (dp.getAtIndex(JAVA_FLOAT, start + j) - d) * scale;
        dp.setAtIndex(JAVA_FLOAT, start + j, gradient);
      }
    }
  }
}
