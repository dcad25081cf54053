package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import java.util.Optional;

/**
 * What packed factors hold of the numbers of a matrix. An array of floats holds words of either
 * kind; k counts the values that a chain runs over, {@link #depth} the words.
 */
public enum Factors {
  /** The numbers themselves. */
  FLOAT32,

  /** Numbers rounded by {@link Bf16}, for the micro-kernels of float32. */
  ROUNDED,

  /** Words of two such numbers, k in the upper half, for the micro-kernels of BF16. */
  PAIRS;

  /** Returns how BF16 products are computed on this machine. */
  public static Factors ofBf16() {
    return withoutPairs().isEmpty() ? PAIRS : ROUNDED;
  }

  /** Returns why {@link #PAIRS} cannot be multiplied here; empty if they can. */
  public static Optional<String> withoutPairs() {
    return Bf16Probe.missing();
  }

  /** Returns how many words so many values of k take. */
  public int depth(int k) {
    return this == PAIRS ? (k + 1) / 2 : k;
  }

  /** Returns how many values of k a word holds. */
  int ofWord() {
    return this == PAIRS ? 2 : 1;
  }

  /** Whether what chains start from has to be made fit. */
  boolean bf16() {
    return this != FLOAT32;
  }

  /** Makes fit what chains start from that are no sums yet. */
  void begin(float[] starts, int from, int to) {
    if (bf16()) {
      Rounding.starts(starts, from, to);
    }
  }

  /**
   * Copies some rows of A, of their columns {@code k0} to {@code k0 + k}. A's rows are contiguous.
   *
   * @param stride from one row of the copy to the next
   */
  void copyRows(Matrix a, int row, int rows, int k0, int k, float[] copy, int at, int stride) {
    if (a.pairs()) {
      Panels.copyRows(a.words(), row, rows, k0 / 2, k / 2, copy, at, stride);
      return;
    }
    if (this == PAIRS) {
      Pairs.ofRows(a, row, rows, k0, k, copy, at, stride, Pairs.PAD_OF_A);
      return;
    }
    Panels.copyRows(a, row, rows, k0, k, copy, at, stride);
    roundRows(copy, at, stride, rows, k);
  }

  /** Rounds rows of numbers in their place; again changes nothing. */
  void roundRows(float[] a, int at, int stride, int rows, int k) {
    for (int i = 0; i < rows && this == ROUNDED; i++) {
      Rounding.factors(a, at + i * stride, at + i * stride + k);
    }
  }

  /** The same of rows of an array, {@code from} one to the next. */
  void copyRows(float[] a, int at, int from, int rows, int k, float[] copy, int to, int stride) {
    if (this == PAIRS) {
      Pairs.ofRows(a, at, from, rows, k, copy, to, stride, Pairs.PAD_OF_A);
      return;
    }
    for (int i = 0; i < rows; i++) {
      System.arraycopy(a, at + i * from, copy, to + i * stride, k);
    }
    roundRows(copy, to, stride, rows, k);
  }

  /** {@link Panels#packRows(Matrix, int, int, int, int, float[], int, Scratch)}. */
  void packRows(
      Panels panels,
      Matrix a,
      int row,
      int rows,
      int k0,
      int k,
      float[] packed,
      int to,
      Scratch scratch) {
    if (a.pairs()) {
      panels.packRows(a.words(), row, rows, k0 / 2, k / 2, packed, to, scratch);
      return;
    }
    if (this == PAIRS) {
      int words = depth(k);
      float[] copy = scratch.array(Slot.ROWS, panels.paddedRows(rows) * words);
      Pairs.ofRows(a, row, rows, k0, k, copy, 0, words, panels.pad());
      panels.packRows(copy, 0, words, rows, words, packed, to);
      return;
    }
    panels.packRows(a, row, rows, k0, k, packed, to, scratch);
    if (this == ROUNDED) {
      Rounding.factors(packed, to, to + panels.floats(rows, k));
    }
  }

  /**
   * {@link Panels#packRows(float[], int, int, int, int, float[], int)} of numbers.
   *
   * @param stride from one row to the next
   */
  public void packRows(
      Panels panels,
      float[] a,
      int at,
      int stride,
      int rows,
      int k,
      float[] packed,
      Scratch scratch) {
    if (this == PAIRS) {
      int words = depth(k);
      float[] copy = scratch.array(Slot.ROWS, panels.paddedRows(rows) * words);
      Pairs.ofRows(a, at, stride, rows, k, copy, 0, words, panels.pad());
      panels.packRows(copy, 0, words, rows, words, packed, 0);
      return;
    }
    panels.packRows(a, at, stride, rows, k, packed, 0);
    if (this == ROUNDED) {
      Rounding.factors(packed, 0, panels.floats(rows, k));
    }
  }

  /** {@link Panels#pack(float[], int, int, int, int, float[])}. */
  public void pack(Panels panels, float[] b, int at, int stride, int count, int k, float[] packed) {
    if (this == PAIRS) {
      Pairs.pack(panels, b, at, stride, count, k, packed);
      return;
    }
    panels.pack(b, at, stride, count, k, packed);
    if (this == ROUNDED) {
      Rounding.factors(packed, 0, panels.floats(count, k));
    }
  }

  /** {@link Panels#pack(Matrix, int, int, int, int, float[], int)}; {@code from} is even. */
  void pack(Panels panels, Matrix b, int k0, int k, int from, int end, float[] packed, int to) {
    if (this == PAIRS) {
      Pairs.pack(panels, b, k0, k, from, end, packed, to);
      return;
    }
    panels.pack(b, k0, k, from, end, packed, to);
    if (this == ROUNDED) {
      int size = k * panels.width();
      for (int panel = 0; panel < panels.panels(b.columns()); panel++) {
        int at = to + panel * size;
        Rounding.factors(packed, at + from * panels.width(), at + end * panels.width());
      }
    }
  }
}
