package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Grid;

/**
 * The parts of the rows that a long sum over rows is cut into: one thread for each part and column
 * adds up its rows, then the parts are added in order. How they are cut depends on nothing but the
 * number of rows, so that every run has the same bits.
 *
 * @param count of parts
 * @param rows of each part but the last, which may have fewer
 */
record RowParts(int count, int rows) {
  /** Enough parts for all processors of a device; a grid may have 65,535 along y. */
  private static final int MOST_PARTS = 4096;

  private static final int LEAST_ROWS = 128;

  /** Threads of a block that has one column each. */
  private static final int COLUMN_THREADS = 128;

  static RowParts of(long rows) {
    int perPart = Math.toIntExact(Math.max(LEAST_ROWS, Math.ceilDiv(rows, MOST_PARTS)));
    return new RowParts(Math.toIntExact(Math.ceilDiv(rows, perPart)), perPart);
  }

  /** Returns a grid with columns along x and parts along y. */
  Grid grid(int columns) {
    return Grid.of(Math.ceilDiv(columns, COLUMN_THREADS), count, COLUMN_THREADS);
  }
}
