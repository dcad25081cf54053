package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Lanes;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** {@link LayerNormKernel} as specified. */
final class ScalarLayerNorm implements LayerNormKernel {
  @Override
  public void forward(
      MemorySegment y,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      float epsilon,
      int width,
      long from,
      long to) {
    float[] weights = floats(weight, width);
    float[] biases = floats(bias, width);
    float[] values = new float[width];
    for (long row = from; row < to; row++) {
      long start = 4 * row * width;
      MemorySegment.copy(x, JAVA_FLOAT, start, values, 0, width);
      float m = sum(values) / width;
      float r = 1f / (float) Math.sqrt(sumOfSquares(values, m) / width + epsilon);
      normalize(values, m, r, weights, biases);
      MemorySegment.copy(values, 0, y, JAVA_FLOAT, start, width);
      mean.setAtIndex(JAVA_FLOAT, row, m);
      rstd.setAtIndex(JAVA_FLOAT, row, r);
    }
  }

  // Small loops over arrays: a new JVM compiles them in a tenth of the time that one loop over
  // memory segments takes.

  private static float[] floats(MemorySegment memory, int count) {
    float[] floats = new float[count];
    MemorySegment.copy(memory, JAVA_FLOAT, 0, floats, 0, count);
    return floats;
  }

  private static float sum(float[] values) {
    float[] lanes = new float[Lanes.COUNT];
    for (int j = 0; j < values.length; j++) {
      lanes[j % Lanes.COUNT] += values[j];
    }
    return Lanes.sum(lanes);
  }

  private static float sumOfSquares(float[] values, float mean) {
    float[] lanes = new float[Lanes.COUNT];
    for (int j = 0; j < values.length; j++) {
      float d = values[j] - mean;
      lanes[j % Lanes.COUNT] = Math.fma(d, d, lanes[j % Lanes.COUNT]);
    }
    return Lanes.sum(lanes);
  }

  private static void normalize(
      float[] values, float mean, float rstd, float[] weights, float[] biases) {
    for (int j = 0; j < values.length; j++) {
      values[j] = Math.fma((values[j] - mean) * rstd, weights[j], biases[j]);
    }
  }

  private static void clear(float[] lanes) {
    Arrays.fill(lanes, 0f);
  }

  @Override
  public void backward(
      MemorySegment dx,
      MemorySegment base,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      int width,
      long from,
      long to) {
    float[] sums = new float[Lanes.COUNT];
    float[] products = new float[Lanes.COUNT];
    for (long row = from; row < to; row++) {
      long start = row * width;
      float m = mean.getAtIndex(JAVA_FLOAT, row);
      float r = rstd.getAtIndex(JAVA_FLOAT, row);
      clear(sums);
      clear(products);
      for (int j = 0; j < width; j++) {
        int lane = j % Lanes.COUNT;
        float g = dy.getAtIndex(JAVA_FLOAT, start + j) * weight.getAtIndex(JAVA_FLOAT, j);
        float n = (x.getAtIndex(JAVA_FLOAT, start + j) - m) * r;
        sums[lane] += g;
        products[lane] = Math.fma(g, n, products[lane]);
      }
      float s = Lanes.sum(sums) / width;
      float t = Lanes.sum(products) / width;
      for (int j = 0; j < width; j++) {
        float g = dy.getAtIndex(JAVA_FLOAT, start + j) * weight.getAtIndex(JAVA_FLOAT, j);
        float n = (x.getAtIndex(JAVA_FLOAT, start + j) - m) * r;
        float inner = Math.fma(-n, t, g - s);
        float value = Math.fma(r, inner, base.getAtIndex(JAVA_FLOAT, start + j));
        dx.setAtIndex(JAVA_FLOAT, start + j, value);
      }
    }
  }

  @Override
  public void parameterGradients(
      MemorySegment dWeight,
      MemorySegment dBias,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment mean,
      MemorySegment rstd,
      int width,
      int rows,
      long from,
      long to) {
    for (long column = from; column < to; column++) {
      float dw = dWeight.getAtIndex(JAVA_FLOAT, column);
      float db = dBias.getAtIndex(JAVA_FLOAT, column);
      for (int row = 0; row < rows; row++) {
        long index = (long) row * width + column;
        float m = mean.getAtIndex(JAVA_FLOAT, row);
        float n = (x.getAtIndex(JAVA_FLOAT, index) - m) * rstd.getAtIndex(JAVA_FLOAT, row);
        float g = dy.getAtIndex(JAVA_FLOAT, index);
        dw = Math.fma(g, n, dw);
        db += g;
      }
      dWeight.setAtIndex(JAVA_FLOAT, column, dw);
      dBias.setAtIndex(JAVA_FLOAT, column, db);
    }
  }
}
