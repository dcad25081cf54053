package io.github.deit4j.cpu.kernel;

/**
 * Rows {@code k0} to {@code k0 + depth} of a factor on their way into panels, in tasks that threads
 * share.
 *
 * @param factor the right factor, or the left one's transpose; row or column stride 1
 * @param packed receives the panels
 * @param to where the first panel starts
 */
@SuppressWarnings("ArrayRecordComponent") // never leaves the kernels
record Packing(Panels panels, Matrix factor, int k0, int depth, float[] packed, int to) {
  private static final int ROWS_OF_TASK = 64;

  Packing {
    if (factor.columnStride() != 1 && factor.rowStride() != 1) {
      throw new IllegalArgumentException(
          "matrix product: expected a factor with a row or column stride of 1, found "
              + factor.rowStride()
              + " and "
              + factor.columnStride());
    }
  }

  /** Packs both factors, or one if the other is null; in one go, which is one fork less. */
  static void run(Workers workers, Packing left, Packing right) {
    int first = left == null ? 0 : left.tasks();
    int second = right == null ? 0 : right.tasks();
    workers.run(
        first + second,
        (task, scratch) -> {
          if (task < first) {
            left.run(task, scratch);
          } else {
            right.run(task - first, scratch);
          }
        });
  }

  private int tasks() {
    return inRows() ? Math.ceilDiv(depth, ROWS_OF_TASK) : panels.panels(factor.columns());
  }

  private void run(int task, Scratch scratch) {
    if (inRows()) {
      // Whole rows, so that memory is read in the order in which it lies.
      int from = task * ROWS_OF_TASK;
      int end = Math.min(depth, from + ROWS_OF_TASK);
      panels.pack(factor, k0, depth, from, end, packed, to);
    } else {
      Matrix rows = factor.transpose();
      int row = task * panels.columns();
      int count = Math.min(panels.columns(), rows.rows() - row);
      int at = to + task * panels.width() * depth;
      panels.packRows(rows, row, count, k0, depth, packed, at, scratch);
    }
  }

  private boolean inRows() {
    return factor.columnStride() == 1;
  }
}
