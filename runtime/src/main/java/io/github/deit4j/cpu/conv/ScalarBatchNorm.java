package io.github.deit4j.cpu.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/**
 * {@link BatchNormKernel} as specified; also the vector kernels' loop over channels that fill no
 * vector.
 */
public final class ScalarBatchNorm implements BatchNormKernel {
  @Override
  public void sums(float[] sums, int at, MemorySegment x, int channels, long from, long to) {
    sums(0, sums, at, x, channels, from, to);
  }

  void sums(int first, float[] sums, int at, MemorySegment x, int channels, long from, long to) {
    for (int c = first; c < channels; c++) {
      float sum = 0;
      for (long pixel = from; pixel < to; pixel++) {
        sum += x.getAtIndex(JAVA_FLOAT, pixel * channels + c);
      }
      sums[at + c] = sum;
    }
  }

  @Override
  public void squares(
      float[] sums, int at, MemorySegment x, float[] mean, int channels, long from, long to) {
    squares(0, sums, at, x, mean, channels, from, to);
  }

  void squares(
      int first,
      float[] sums,
      int at,
      MemorySegment x,
      float[] mean,
      int channels,
      long from,
      long to) {
    for (int c = first; c < channels; c++) {
      float sum = 0;
      for (long pixel = from; pixel < to; pixel++) {
        float difference = x.getAtIndex(JAVA_FLOAT, pixel * channels + c) - mean[c];
        sum = Math.fma(difference, difference, sum);
      }
      sums[at + c] = sum;
    }
  }

  @Override
  public void forward(
      MemorySegment y, MemorySegment x, MemorySegment residual, Layer layer, long from, long to) {
    int channels = layer.channels();
    forwardElements(y, x, residual, layer, from * channels, to * channels);
  }

  /** The elements from one, which need not be a pixel's first, up to but without another. */
  void forwardElements(
      MemorySegment y, MemorySegment x, MemorySegment residual, Layer layer, long from, long to) {
    for (long i = from; i < to; i++) {
      float t = affine(x, residual, layer, i, (int) (i % layer.channels()));
      y.setAtIndex(JAVA_FLOAT, i, layer.relu() && t < 0 ? 0f : t);
    }
  }

  private static float affine(MemorySegment x, MemorySegment residual, Layer layer, long i, int c) {
    float t =
        Math.fma(x.getAtIndex(JAVA_FLOAT, i) - layer.mean()[c], layer.scale()[c], layer.bias()[c]);
    return residual == null ? t : t + residual.getAtIndex(JAVA_FLOAT, i);
  }

  private static float gradient(
      MemorySegment dy, MemorySegment x, MemorySegment residual, Layer layer, long i, int c) {
    boolean passes = !layer.relu() || affine(x, residual, layer, i, c) > 0;
    return passes ? dy.getAtIndex(JAVA_FLOAT, i) : 0f;
  }

  @Override
  public void gradientSums(
      float[] sums,
      float[] products,
      int at,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment residual,
      Layer layer,
      long from,
      long to) {
    gradientSums(0, sums, products, at, dy, x, residual, layer, from, to);
  }

  void gradientSums(
      int first,
      float[] sums,
      float[] products,
      int at,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment residual,
      Layer layer,
      long from,
      long to) {
    for (int c = first; c < layer.channels(); c++) {
      float sum = 0;
      float product = 0;
      for (long pixel = from; pixel < to; pixel++) {
        long i = pixel * layer.channels() + c;
        float g = gradient(dy, x, residual, layer, i, c);
        sum += g;
        product = Math.fma(g, x.getAtIndex(JAVA_FLOAT, i) - layer.mean()[c], product);
      }
      sums[at + c] = sum;
      products[at + c] = product;
    }
  }

  @Override
  public void backward(
      MemorySegment dx,
      MemorySegment dResidual,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment residual,
      float[] slope,
      float[] offset,
      Layer layer,
      long from,
      long to) {
    int channels = layer.channels();
    backwardElements(
        dx, dResidual, dy, x, residual, slope, offset, layer, from * channels, to * channels);
  }

  /** The elements from one, which need not be a pixel's first, up to but without another. */
  void backwardElements(
      MemorySegment dx,
      MemorySegment dResidual,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment residual,
      float[] slope,
      float[] offset,
      Layer layer,
      long from,
      long to) {
    for (long i = from; i < to; i++) {
      int c = (int) (i % layer.channels());
      float g = gradient(dy, x, residual, layer, i, c);
      if (dResidual != null) {
        dResidual.setAtIndex(JAVA_FLOAT, i, g);
      }
      float rest = Math.fma(slope[c], x.getAtIndex(JAVA_FLOAT, i) - layer.mean()[c], offset[c]);
      dx.setAtIndex(JAVA_FLOAT, i, Math.fma(layer.scale()[c], g, rest));
    }
  }
}
