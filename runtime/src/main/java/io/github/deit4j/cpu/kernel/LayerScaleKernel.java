package io.github.deit4j.cpu.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Residual connections of branches that are scaled by channel and by image (LayerScale: Touvron et
 * al. 2021, "Going deeper with Image Transformers", section 2). The scale of an element is {@code m
 * = factor·scale[channel]}, rounded once. Ranges count rows, or channels where said; a row has as
 * many numbers as there are channels.
 */
public interface LayerScaleKernel {
  /**
   * The factors of images, one behind the other.
   *
   * @param perImage one factor each
   * @param rows of an image
   */
  @SuppressWarnings("ArrayRecordComponent") // never leaves the op
  record Factors(float[] perImage, int rows) {
    float of(long row) {
      return perImage[(int) (row / rows)];
    }
  }

  /** {@code y = fma(m, x, base)}. */
  void add(
      MemorySegment y,
      MemorySegment base,
      MemorySegment x,
      float[] scale,
      Factors factors,
      long from,
      long to);

  /** {@code dx = m·dy}. */
  void backward(
      MemorySegment dx, MemorySegment dy, float[] scale, Factors factors, long from, long to);

  /**
   * Adds row after row, image after image: {@code dScale = fma(factor·dy, x, dScale)}, for the
   * channels from {@code from} up to but without {@code to}.
   */
  void scaleGradient(
      MemorySegment dScale,
      MemorySegment dy,
      MemorySegment x,
      int width,
      Factors factors,
      long from,
      long to);
}
