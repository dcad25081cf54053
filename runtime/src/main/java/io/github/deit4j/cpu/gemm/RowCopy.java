package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Scratch;

/**
 * Rows of a left factor on their way into an array, {@link Tiles#ROW_STRIDE} apart.
 *
 * @param factor its rows are contiguous
 * @param k0 the first of the columns that are copied
 * @param depth how many there are
 * @param copy receives the rows
 */
@SuppressWarnings("ArrayRecordComponent") // never leaves the kernels
record RowCopy(Matrix factor, int k0, int depth, float[] copy) implements FactorCopy {
  private static final int ROWS_OF_STEP = 4 * Tiles.HEIGHT;

  @Override
  public int steps() {
    return Math.ceilDiv(factor.rows(), ROWS_OF_STEP);
  }

  @Override
  public void step(int step, Scratch scratch) {
    int row = step * ROWS_OF_STEP;
    int rows = Math.min(ROWS_OF_STEP, factor.rows() - row);
    int to = row * Tiles.ROW_STRIDE;
    Panels.copyRows(factor, row, rows, k0, depth, copy, to, Tiles.ROW_STRIDE);
  }
}
