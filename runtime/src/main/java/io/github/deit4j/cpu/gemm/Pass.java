package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Workers;
import java.lang.foreign.MemorySegment;

/**
 * One pass over k of a product {@code c = init + a·b}.
 *
 * @param factors what is packed of A's and B's numbers
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
    Factors factors,
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
   * from his cache. Threads share what they read, not what they write: where cores have no
   * last-level cache in common a line's way to the other and back takes 420 ns instead of 80, and
   * 40 GB/s come from its cache instead of 100 (Zen 5, virtual machine). With one copy for all,
   * weight gradients of DeiT-Ti took 1.3 to 1.9 times as long.
   */
  private static final int LEAST_SHARE = 96;

  /** Returns how many words these k take. */
  int words() {
    return factors.depth(depth);
  }

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

  /**
   * Copies some rows of A as the kernels read them. A second pass over k takes panels: rows whose
   * chains go on in memory were 0.98 to 1.00 times as fast, since copying waits for memory as long
   * as transposing does, and panels are one stream for the micro-kernel.
   */
  PackedA packA(int row, int rows, Scratch.Slot slot, Scratch scratch) {
    if (aInColumns()) {
      return PackedA.packColumns(factors, a, row, rows, k0, depth, slot, scratch);
    }
    return startsEqual()
        ? PackedA.copy(factors, a, row, rows, k0, depth, slot, scratch)
        : PackedA.pack(factors, a, row, rows, k0, depth, slot, scratch);
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
    return new Packing.InPanels(factors, Panels.B, columns, k0, depth, panels, 0);
  }
}
