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
