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
      float factor = factors.of(row);
      for (int j = 0; j < scale.length; j++) {
        long i = row * scale.length + j;
        float start = base.getAtIndex(JAVA_FLOAT, i);
        float sum = Math.fma(factor * scale[j], x.getAtIndex(JAVA_FLOAT, i), start);
        y.setAtIndex(JAVA_FLOAT, i, sum);
      }
    }
  }

  @Override
  public void backward(
      MemorySegment dx, MemorySegment dy, float[] scale, Factors factors, long from, long to) {
    for (long row = from; row < to; row++) {
      float factor = factors.of(row);
      for (int j = 0; j < scale.length; j++) {
        long i = row * scale.length + j;
        dx.setAtIndex(JAVA_FLOAT, i, factor * scale[j] * dy.getAtIndex(JAVA_FLOAT, i));
      }
    }
  }

  @Override
  public void scaleGradient(
      MemorySegment ds, MemorySegment dy, MemorySegment x, Factors factors, long from, long to) {
    int rows = factors.rows() * factors.perImage().length;
    for (long column = from; column < to; column++) {
      float sum = ds.getAtIndex(JAVA_FLOAT, column);
      for (int row = 0; row < rows; row++) {
        long i = (long) row * factors.width() + column;
        float gradient = factors.of(row) * dy.getAtIndex(JAVA_FLOAT, i);
        sum = Math.fma(gradient, x.getAtIndex(JAVA_FLOAT, i), sum);
      }
      ds.setAtIndex(JAVA_FLOAT, column, sum);
    }
  }
}
