package io.github.deit4j.cpu.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/** {@link BatchNormKernel} as specified. */
public final class ScalarBatchNorm implements BatchNormKernel {
  @Override
  public void addSums(float[] sums, MemorySegment x, long from, long to) {
    for (long i = from; i < to; i++) {
      sums[(int) (i % sums.length)] += x.getAtIndex(JAVA_FLOAT, i);
    }
  }

  @Override
  public void addSquares(float[] sums, MemorySegment x, float[] mean, long from, long to) {
    for (long i = from; i < to; i++) {
      int c = (int) (i % mean.length);
      float difference = x.getAtIndex(JAVA_FLOAT, i) - mean[c];
      sums[c] = Math.fma(difference, difference, sums[c]);
    }
  }

  @Override
  public void forward(
      MemorySegment y, MemorySegment x, MemorySegment residual, Layer layer, long from, long to) {
    for (long i = from; i < to; i++) {
      float t = affine(x, residual, layer, i);
      y.setAtIndex(JAVA_FLOAT, i, layer.relu() && t < 0 ? 0f : t);
    }
  }

  private static float affine(MemorySegment x, MemorySegment residual, Layer layer, long i) {
    int c = (int) (i % layer.channels());
    float t =
        Math.fma(x.getAtIndex(JAVA_FLOAT, i) - layer.mean()[c], layer.scale()[c], layer.bias()[c]);
    return residual == null ? t : t + residual.getAtIndex(JAVA_FLOAT, i);
  }

  private static float gradient(
      MemorySegment dy, MemorySegment x, MemorySegment residual, Layer layer, long i) {
    boolean passes = !layer.relu() || affine(x, residual, layer, i) > 0;
    return passes ? dy.getAtIndex(JAVA_FLOAT, i) : 0f;
  }

  @Override
  public void residualGradient(
      MemorySegment g,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment residual,
      Layer layer,
      long from,
      long to) {
    for (long i = from; i < to; i++) {
      g.setAtIndex(JAVA_FLOAT, i, gradient(dy, x, residual, layer, i));
    }
  }

  @Override
  public void addGradients(
      float[] sums, MemorySegment dy, MemorySegment x, Layer layer, long from, long to) {
    int channels = layer.channels();
    for (long i = from; i < to; i++) {
      int c = (int) (i % channels);
      float g = gradient(dy, x, null, layer, i);
      float difference = x.getAtIndex(JAVA_FLOAT, i) - layer.mean()[c];
      sums[c] += g;
      sums[channels + c] = Math.fma(g, difference, sums[channels + c]);
    }
  }

  @Override
  public void backward(
      MemorySegment dx, MemorySegment dy, MemorySegment x, Gradient of, long from, long to) {
    Layer layer = of.layer();
    for (long i = from; i < to; i++) {
      int c = (int) (i % layer.channels());
      float g = gradient(dy, x, null, layer, i);
      float difference = x.getAtIndex(JAVA_FLOAT, i) - layer.mean()[c];
      float rest = Math.fma(of.slope()[c], difference, of.offset()[c]);
      dx.setAtIndex(JAVA_FLOAT, i, Math.fma(layer.scale()[c], g, rest));
    }
  }
}
