package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.kernel.Scratch.Slot;
import java.util.Arrays;

/**
 * One pass over k of a product: tile after tile, and each finished block (some rows by {@link
 * Tiles#BLOCK} columns) handed on while it is in the first-level cache.
 *
 * @param left rows of A
 * @param init what the chains start from, of the product's size; null if from zero
 * @param right B packed in panels, from element {@code base}
 */
@SuppressWarnings("ArrayRecordComponent") // never leaves the kernels
record BlockProduct(Left left, Matrix init, float[] right, int base) {

  /** Takes finished blocks. */
  @FunctionalInterface
  interface Sink {
    /**
     * Takes a block.
     *
     * @param c an array, from whose element {@code at} the block's first row stands; may be
     *     overwritten
     */
    void take(float[] c, int at, int row, int rows, int column, int columns, Scratch scratch);
  }

  /**
   * Computes some rows of some columns.
   *
   * @param first where row {@code row} of the product stands in {@code left}
   * @param from the first column, the first of a panel of B
   * @param to the end of the columns
   * @param sink takes blocks with rows {@link Tiles#BLOCK} apart
   */
  void run(int first, int row, int rows, int from, int to, Sink sink, Scratch scratch) {
    runInto(null, 0, first, row, rows, from, to, sink, scratch);
  }

  /**
   * Computes the same where it can be the left factor of another product: in rows {@link
   * Tiles#ROW_STRIDE} apart, in as many as make whole tiles.
   *
   * @param c receives column {@code from} of the first row in its element {@code origin}; null for
   *     {@link #run}
   * @param sink takes blocks in their place
   */
  void runInto(
      float[] c,
      int origin,
      int first,
      int row,
      int rows,
      int from,
      int to,
      Sink sink,
      Scratch scratch) {
    boolean alike = init == null || init.rowStride() == 0;
    boolean fits = origin % Tiles.ROW_STRIDE + Tiles.wholePanels(to - from) <= Tiles.ROW_STRIDE;
    boolean inPlace = c != null && alike && left.inRows() && fits;
    float[] block = scratch.array(Slot.BLOCK, Tiles.HEIGHT * Tiles.BLOCK);
    float[] start = scratch.array(Slot.START, Tiles.BLOCK);
    Arrays.fill(start, 0);
    for (int column = from; column < to; column += Tiles.BLOCK) {
      int columns = Math.min(Tiles.BLOCK, to - column);
      if (alike && init != null) {
        Blocks.load(start, init, row, column, 1, columns);
      }
      int b = base + column * left.depth();
      for (int i = 0; i < rows; i += Tiles.HEIGHT) {
        int height = Math.min(Tiles.HEIGHT, rows - i);
        int at = c == null ? 0 : origin + i * Tiles.ROW_STRIDE + column - from;
        if (inPlace) {
          Tiles.multiplyInto(c, at, start, height, columns, left, first + i, right, b);
        } else {
          if (alike) {
            Blocks.repeat(start, columns, block, 0, height * Tiles.BLOCK, Tiles.BLOCK);
          } else {
            Blocks.load(block, init, row + i, column, height, columns);
          }
          Tiles.multiply(height, columns, left, first + i, right, b, block);
          if (c != null) {
            Blocks.copy(block, height, columns, c, at, Tiles.ROW_STRIDE);
          }
        }
        sink.take(c == null ? block : c, at, row + i, height, column, columns, scratch);
      }
    }
  }
}
