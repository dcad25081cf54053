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
     * @param block row i from element {@code i·BLOCK}; may be overwritten
     */
    void take(float[] block, int row, int rows, int column, int columns, Scratch scratch);
  }

  /** Takes finished parts of what {@link #runToRows} computes. */
  @FunctionalInterface
  interface Change {
    /**
     * Changes some rows, {@link Tiles#ROW_STRIDE} apart.
     *
     * @param at where the first one starts
     */
    void apply(float[] c, int at, int rows, int columns);
  }

  /**
   * Computes the first rows of some columns, and puts them where they can be the left factor of
   * another product: in rows {@link Tiles#ROW_STRIDE} apart, in as many as make whole tiles.
   *
   * @param c receives column {@code from} of the first row in its first element
   * @param change what becomes of the numbers, block by block, while they are in the first-level
   *     cache
   */
  void runToRows(int rows, int from, int to, float[] c, Change change, Scratch scratch) {
    boolean sameStart = init == null || init.rowStride() == 0;
    if (!left.inRows() || !sameStart) {
      Sink keep =
          (block, i, height, column, columns, same) -> {
            int at = i * Tiles.ROW_STRIDE + column - from;
            Tiles.copy(block, height, columns, c, at, Tiles.ROW_STRIDE);
            change.apply(c, at, height, columns);
          };
      run(0, 0, rows, from, to, keep, scratch);
      return;
    }
    float[] start = scratch.array(Slot.START, Tiles.BLOCK);
    Arrays.fill(start, 0, Tiles.BLOCK, 0);
    for (int column = from; column < to; column += Tiles.BLOCK) {
      int columns = Math.min(Tiles.BLOCK, to - column);
      if (init != null) {
        Tiles.load(start, init, 0, column, 1, columns);
      }
      int b = base + column * left.depth();
      for (int i = 0; i < rows; i += Tiles.HEIGHT) {
        int height = Math.min(Tiles.HEIGHT, rows - i);
        int at = i * Tiles.ROW_STRIDE + column - from;
        Tiles.multiplyRows(height, columns, left, i, right, b, start, c, at);
        change.apply(c, at, height, columns);
      }
    }
  }

  /**
   * Computes some rows of some columns.
   *
   * @param first where row {@code row} of the product stands in {@code left}
   * @param from the first column, a multiple of {@link Tiles#BLOCK}
   * @param to the end of the columns
   */
  void run(int first, int row, int rows, int from, int to, Sink sink, Scratch scratch) {
    float[] block = scratch.array(Slot.BLOCK, Tiles.HEIGHT * Tiles.BLOCK);
    boolean sameStart = init != null && init.rowStride() == 0;
    float[] start = sameStart ? scratch.array(Slot.START, Tiles.BLOCK) : null;
    for (int column = from; column < to; column += Tiles.BLOCK) {
      int columns = Math.min(Tiles.BLOCK, to - column);
      if (sameStart) {
        Tiles.load(start, init, row, column, 1, columns);
      }
      int b = base + column * left.depth();
      for (int i = 0; i < rows; i += Tiles.HEIGHT) {
        int height = Math.min(Tiles.HEIGHT, rows - i);
        if (init == null) {
          Arrays.fill(block, 0, height * Tiles.BLOCK, 0);
        } else if (sameStart) {
          Tiles.repeat(start, height, columns, block);
        } else {
          Tiles.load(block, init, row + i, column, height, columns);
        }
        Tiles.multiply(height, columns, left, first + i, right, b, block);
        sink.take(block, row + i, height, column, columns, scratch);
      }
    }
  }
}
