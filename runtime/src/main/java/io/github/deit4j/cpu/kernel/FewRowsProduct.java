package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.kernel.Scratch.Slot;

/**
 * A pass over k of a product of few rows. B is not packed as a whole before: what comes back from
 * far away then would be multiplied by few rows only. Each task packs the columns that it
 * multiplies by, and has them in its core's own cache.
 *
 * @param c the result
 * @param init what the chains start from
 * @param a the left factor, its rows contiguous
 * @param b the right factor
 * @param k0 the first of the values of k
 * @param depth how many there are
 */
record FewRowsProduct(
    Matrix c, Matrix init, Matrix a, Matrix b, int k0, int depth, Epilogue epilogue) {
  private static final int MOST_ROWS = 256;

  /** Numbers of B: fewer stay in the second-level cache anyway. */
  private static final long LEAST_FLOATS = 1 << 18;

  private static final int ROWS_OF_TASK = 8 * Tiles.ROWS;
  private static final int LEAST_TASKS_PER_THREAD = 3;

  /** Returns whether a product is faster this way. */
  static boolean suits(Workers workers, Matrix c, Matrix a, int depth) {
    int threads = workers.threads();
    int tasks = Math.ceilDiv(c.columns(), Tiles.block(depth));
    return a.columnStride() == 1
        && c.rows() <= MOST_ROWS
        && (long) c.columns() * depth >= LEAST_FLOATS
        && (threads == 1 || tasks >= LEAST_TASKS_PER_THREAD * threads);
  }

  void run(Workers workers) {
    Left left = left(workers);
    int block = Tiles.block(depth);
    workers.run(
        Math.ceilDiv(c.columns(), block),
        (task, scratch) -> {
          int from = task * block;
          int to = Math.min(c.columns(), from + block);
          float[] right = scratch.array(Slot.PACKED_B, Panels.RIGHT.floats(to - from, depth));
          Matrix columns = b.transpose().rows(from, to).transpose();
          Packing.run(
              Workers.SERIAL, null, new Packing(Panels.RIGHT, columns, k0, depth, right, 0));
          BlockProduct product = new BlockProduct(left, init, right, -from * depth);
          VectorGemm.finish(product, c, epilogue, 0, 0, c.rows(), from, to, scratch);
        });
  }

  private Left left(Workers workers) {
    int rows = c.rows();
    boolean inRows = init.rowStride() == 0;
    int size = inRows ? Tiles.wholeTiles(rows) * Tiles.ROW_STRIDE : Panels.LEFT.floats(rows, depth);
    float[] numbers = Scratch.ofThisThread().array(Slot.LEFT, size);
    Left left = inRows ? Left.ofRows(numbers, depth) : Left.ofPanels(numbers, depth);
    workers.run(
        Math.ceilDiv(rows, ROWS_OF_TASK),
        (task, scratch) -> {
          int row = task * ROWS_OF_TASK;
          int count = Math.min(ROWS_OF_TASK, rows - row);
          if (inRows) {
            Panels.copyRows(a, row, count, k0, depth, numbers, left.at(row), Tiles.ROW_STRIDE);
          } else {
            Panels.LEFT.packRows(a, row, count, k0, depth, numbers, left.at(row), scratch);
          }
        });
    return left;
  }
}
