package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Scratch;

/**
 * Rows {@code k0} to {@code k0 + depth} of a factor on their way into panels.
 *
 * @param factor the right factor, or the left one's transpose; row or column stride 1
 * @param packed receives the panels
 * @param to where the first panel starts
 */
@SuppressWarnings("ArrayRecordComponent") // never leaves the kernels
public record Packing(Panels panels, Matrix factor, int k0, int depth, float[] packed, int to)
    implements FactorCopy {
  private static final int ROWS_OF_STEP = 64;

  public Packing {
    if (factor.columnStride() != 1 && factor.rowStride() != 1) {
      throw new IllegalArgumentException(
          "matrix product: expected a factor with a row or column stride of 1, found "
              + factor.rowStride()
              + " and "
              + factor.columnStride());
    }
  }

  @Override
  public int steps() {
    return inRows() ? Math.ceilDiv(depth, ROWS_OF_STEP) : panels.panels(factor.columns());
  }

  @Override
  public void step(int step, Scratch scratch) {
    if (inRows()) {
      // Whole rows, so that memory is read in the order in which it lies.
      int from = step * ROWS_OF_STEP;
      int end = Math.min(depth, from + ROWS_OF_STEP);
      panels.pack(factor, k0, depth, from, end, packed, to);
    } else {
      Matrix rows = factor.transpose();
      int row = step * panels.columns();
      int count = Math.min(panels.columns(), rows.rows() - row);
      int at = to + step * panels.width() * depth;
      panels.packRows(rows, row, count, k0, depth, packed, at, scratch);
    }
  }

  private boolean inRows() {
    return factor.columnStride() == 1;
  }
}
