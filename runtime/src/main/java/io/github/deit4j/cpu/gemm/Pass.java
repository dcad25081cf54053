package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Workers;
import java.lang.foreign.MemorySegment;

/**
 * One pass over k of a product {@code c = init + a·b}.
 *
 * @param c the result
 * @param init what the chains start from
 * @param a A, [rows of C, K]
 * @param b B, [K, columns of C]; null if it is packed
 * @param k0 the first of the values of k
 * @param depth how many there are
 * @param epilogue what is made of the results
 * @param sums what the sums of A's rows over these k are added to; null for nothing. Only of an A
 *     that is packed, since rows of C start from different numbers
 */
public record Pass(
    Matrix c,
    Matrix init,
    Matrix a,
    Matrix b,
    int k0,
    int depth,
    Epilogue epilogue,
    MemorySegment sums) {
  /**
   * A thread's share of the longer factor, in rows or columns, from which on each thread copies the
   * other factor for itself. That is as much work as some of its rows are, and saves the lines' way
   * from core to core: who writes one has to take it from those that read it last, and they read it
   * from his cache. Where cores share no last-level cache, a copy that all make together takes up
   * to a third of a small product's time.
   */
  private static final int LEAST_SHARE = 96;

  /** Returns whether the chains of all rows start from the same numbers. */
  boolean startsEqual() {
    return init.rowStride() == 0;
  }

  /** Returns whether A stands in columns, as in a weight gradient. */
  boolean aInColumns() {
    return a.columnStride() != 1;
  }

  /** Returns whether each thread copies the factor that all need for itself. */
  static boolean copiesEach(Workers workers, int longer) {
    return longer >= LEAST_SHARE * workers.threads();
  }

  /** Copies some rows of A as the kernels read them. */
  PackedA packA(int row, int rows, Scratch.Slot slot, Scratch scratch) {
    if (aInColumns()) {
      return PackedA.packColumns(a, row, rows, k0, depth, slot, scratch);
    }
    return startsEqual()
        ? PackedA.copy(a, row, rows, k0, depth, slot, scratch)
        : PackedA.pack(a, row, rows, k0, depth, slot, scratch);
  }

  /** Adds some rows of A in panels to the sums, if there are any. */
  void addSums(PackedA packed, int first, int row, int rows, Scratch scratch) {
    if (sums != null && rows > 0) {
      PanelSums.add(sums, row, packed, first, rows, scratch);
    }
  }

  /** Returns what packs some columns of B. */
  Packing packB(int from, int to, float[] panels) {
    Matrix columns = b.transpose().rows(from, to).transpose();
    return new Packing.InPanels(Panels.B, columns, k0, depth, panels, 0);
  }
}
