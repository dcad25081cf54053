package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/** {@link LayerScaleKernel} as specified. */
final class ScalarLayerScale implements LayerScaleKernel {
  @Override
  public void add(
      MemorySegment y,
      MemorySegment base,
      MemorySegment x,
      float[] scale,
      Factors factors,
      long from,
      long to) {
    for (long row = from; row < to; row++) {
      add(y, base, x, scale, factors.of(row), row * scale.length, 0);
    }
  }

  /** Of one row, from a column on. */
  static void add(
      MemorySegment y,
      MemorySegment base,
      MemorySegment x,
      float[] scale,
      float factor,
      long start,
      int from) {
    for (int j = from; j < scale.length; j++) {
      float value = x.getAtIndex(JAVA_FLOAT, start + j);
      float sum = Math.fma(factor * scale[j], value, base.getAtIndex(JAVA_FLOAT, start + j));
      y.setAtIndex(JAVA_FLOAT, start + j, sum);
    }
  }

  @Override
  public void backward(
      MemorySegment dx, MemorySegment dy, float[] scale, Factors factors, long from, long to) {
    for (long row = from; row < to; row++) {
      backward(dx, dy, scale, factors.of(row), row * scale.length, 0);
    }
  }

  /** Of one row, from a column on. */
  static void backward(
      MemorySegment dx, MemorySegment dy, float[] scale, float factor, long start, int from) {
    for (int j = from; j < scale.length; j++) {
      float gradient = factor * scale[j] * dy.getAtIndex(JAVA_FLOAT, start + j);
      dx.setAtIndex(JAVA_FLOAT, start + j, gradient);
    }
  }

  @Override
  public void scaleGradient(
      MemorySegment dScale,
      MemorySegment dy,
      MemorySegment x,
      int width,
      Factors factors,
      long from,
      long to) {
    for (long column = from; column < to; column++) {
      float sum = dScale.getAtIndex(JAVA_FLOAT, column);
      long at = column;
      for (float factor : factors.perImage()) {
        for (int row = 0; row < factors.rows(); row++) {
          sum = Math.fma(factor * dy.getAtIndex(JAVA_FLOAT, at), x.getAtIndex(JAVA_FLOAT, at), sum);
          at += width;
        }
      }
      dScale.setAtIndex(JAVA_FLOAT, column, sum);
    }
  }
}
