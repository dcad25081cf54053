package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Workers;

/**
 * A factor's way into the array from which micro-kernels read it, in steps that any thread may take
 * in any order.
 */
@SuppressWarnings("ArrayRecordComponent") // never leaves the kernels
public sealed interface Packing {
  /** Returns how many steps there are. */
  int steps();

  /** Takes one of them. */
  void step(int step, Scratch scratch);

  /** Takes all of them, shared out. */
  default void run(Workers workers) {
    workers.run(steps(), this::step);
  }

  /**
   * Takes all of them on the calling thread.
   *
   * @param part of the steps that come last: threads that copy the same factor at the same time
   *     should begin in different places, since cores that read the same lines at once take them
   *     from each other
   */
  default void runAlone(double part, Scratch scratch) {
    int steps = steps();
    int first = (int) (part * steps);
    for (int i = 0; i < steps; i++) {
      step((first + i) % steps, scratch);
    }
  }

  /**
   * Rows {@code k0} to {@code k0 + depth} of B, or of the transpose of A, into panels.
   *
   * @param factors what is made of the numbers
   * @param factor row or column stride 1
   * @param packed receives the panels
   * @param to where the first panel starts
   */
  record InPanels(
      Factors factors, Panels panels, Matrix factor, int k0, int depth, float[] packed, int to)
      implements Packing {
    private static final int ROWS_OF_STEP = 64;

    public InPanels {
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
        factors.pack(panels, factor, k0, depth, from, end, packed, to);
      } else {
        Matrix rows = factor.transpose();
        int row = step * panels.columns();
        int count = Math.min(panels.columns(), rows.rows() - row);
        int at = to + step * panels.width() * factors.depth(depth);
        factors.packRows(panels, rows, row, count, k0, depth, packed, at, scratch);
      }
    }

    private boolean inRows() {
      return factor.columnStride() == 1;
    }
  }

  /**
   * Columns {@code k0} to {@code k0 + depth} of A, whose rows are contiguous, into rows {@link
   * Tiles#ROW_STRIDE} apart.
   *
   * @param packed receives the rows
   */
  record InRows(Factors factors, Matrix a, int k0, int depth, float[] packed) implements Packing {
    private static final int ROWS_OF_STEP = 4 * Tiles.HEIGHT;

    @Override
    public int steps() {
      return Math.ceilDiv(a.rows(), ROWS_OF_STEP);
    }

    @Override
    public void step(int step, Scratch scratch) {
      int row = step * ROWS_OF_STEP;
      int rows = Math.min(ROWS_OF_STEP, a.rows() - row);
      int to = row * Tiles.ROW_STRIDE;
      factors.copyRows(a, row, rows, k0, depth, packed, to, Tiles.ROW_STRIDE);
    }
  }
}
