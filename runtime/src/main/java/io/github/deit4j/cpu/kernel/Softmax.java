package io.github.deit4j.cpu.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Softmax of the rows of attention scores, and its gradient, in place. Rows lie {@code stride}
 * elements apart, stride being a multiple of 16 of at least {@code width}; what lies behind a row's
 * end is overwritten. Offsets count elements. Sums follow the 16-lane rule.
 */
public interface Softmax {
  /** Returns the row stride for rows of {@code width} numbers: the next multiple of 16. */
  static int stride(int width) {
    return (width + Lanes.COUNT - 1) / Lanes.COUNT * Lanes.COUNT;
  }

  /**
   * With {@code s = scale·x}, {@code m = max(s)}: {@code x = exp(s − m)}. Divided by its sum, a row
   * would be the probabilities; it is cheaper to divide what is computed from it.
   *
   * @param max receives m per row, [rows], from element {@code keep}
   * @param reciprocal receives 1/Σx per row, [rows], from element {@code keep}
   */
  void exponentials(
      MemorySegment x,
      int rows,
      int width,
      int stride,
      float scale,
      MemorySegment max,
      MemorySegment reciprocal,
      long keep);

  /**
   * Computes the probabilities from the kept maxima and reciprocals: {@code x = exp(scale·x −
   * m)·reciprocal}.
   */
  void probabilities(
      MemorySegment x,
      int rows,
      int width,
      int stride,
      float scale,
      MemorySegment max,
      MemorySegment reciprocal,
      long keep);

  /** With {@code d = Σ fma(p, dp)} over a row: {@code dp = p·(dp − d)·scale}. */
  void backward(MemorySegment dp, MemorySegment p, int rows, int width, int stride, float scale);
}
