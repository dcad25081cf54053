package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import java.util.Arrays;

/**
 * One pass over k of a product, tile after tile: to memory, or to an array, where each finished
 * block (some rows by {@link Tiles#BLOCK} columns) is handed on while it is in the first-level
 * cache.
 *
 * @param a rows of A
 * @param init what the chains start from, of the product's size; null if from zero. Of A in rows,
 *     the same in every row. Of BF16 sums of products if it is not
 * @param b B packed in panels, from element {@code base}
 */
@SuppressWarnings("ArrayRecordComponent") // never leaves the kernels
public record BlockProduct(PackedA a, Matrix init, float[] b, int base) {
  public BlockProduct {
    if (a.inRows() && init != null && init.rowStride() != 0) {
      throw new IllegalArgumentException(
          "block product: expected A in panels where rows of C start from different numbers");
    }
  }

  /** Takes finished blocks. */
  @FunctionalInterface
  public interface Sink {
    /** Leaves them where they are. */
    Sink NONE = (c, at, row, rows, column, columns, scratch) -> {};

    /**
     * Takes a block.
     *
     * @param c an array, from whose element {@code at} the block's first row stands; may be
     *     overwritten
     */
    void take(float[] c, int at, int row, int rows, int column, int columns, Scratch scratch);
  }

  /**
   * Computes some rows of some columns and writes them. {@code a} begins with the first of them.
   *
   * @param c the product
   * @param from the first column, the first of a panel of B
   * @param to the end of the columns
   */
  public void store(Matrix c, int row, int rows, int from, int to, Scratch scratch) {
    float[] block = block(scratch);
    float[] start = start(scratch);
    long stride = 4 * c.rowStride();
    boolean inPlace = !a.inRows() && (init == null || c.equals(init));
    forEach(
        row,
        rows,
        from,
        to,
        start,
        (i, height, column, columns) -> {
          boolean whole = height == Tiles.HEIGHT && columns % Tiles.WIDTH == 0;
          int bo = base + column * a.depth();
          long at = c.byteOffset(row + i, column);
          if (whole && inPlace) {
            if (init == null) {
              Blocks.clear(c, row + i, column, height, columns);
            }
            Tiles.multiplyPanels(columns, a, i, b, bo, c.memory(), at, stride);
          } else if (whole && a.inRows()) {
            Tiles.multiply(columns, a, i, b, bo, start, c.memory(), at, stride);
          } else {
            multiply(block, 0, row, i, height, column, columns, start);
            Blocks.store(block, c, row + i, column, height, columns);
          }
        });
  }

  /**
   * Computes the same and hands it on.
   *
   * @param first where row {@code row} of the product stands in {@code a}
   * @param sink takes blocks, all in the same place, with rows {@link Tiles#BLOCK} apart
   */
  public void run(int first, int row, int rows, int from, int to, Sink sink, Scratch scratch) {
    float[] block = block(scratch);
    float[] start = start(scratch);
    forEach(
        row,
        rows,
        from,
        to,
        start,
        (i, height, column, columns) -> {
          multiply(block, first, row, i, height, column, columns, start);
          sink.take(block, 0, row + i, height, column, columns, scratch);
        });
  }

  /**
   * Computes the same where it can be A of another product: in rows {@link Tiles#ROW_STRIDE} apart,
   * in as many as make whole tiles.
   *
   * @param c receives column {@code from} of the first row in its element {@code origin}
   * @param sink takes blocks in their place
   */
  public void runInto(
      float[] c,
      int origin,
      int first,
      int row,
      int rows,
      int from,
      int to,
      Sink sink,
      Scratch scratch) {
    float[] block = block(scratch);
    float[] start = start(scratch);
    int stride = Tiles.ROW_STRIDE;
    forEach(
        row,
        rows,
        from,
        to,
        start,
        (i, height, column, columns) -> {
          int at = origin + i * stride + column - from;
          // Whole panels are written, and must not reach into the next row.
          boolean fits = at % stride + Tiles.wholePanels(columns) <= stride;
          if (a.inRows() && fits) {
            int bo = base + column * a.depth();
            Tiles.multiplyInto(c, at, stride, height, columns, a, first + i, b, bo, start);
          } else {
            multiply(block, first, row, i, height, column, columns, start);
            for (int k = 0; k < height; k++) {
              System.arraycopy(block, k * Tiles.BLOCK, c, at + k * stride, columns);
            }
          }
          sink.take(c, at, row + i, height, column, columns, scratch);
        });
  }

  @FunctionalInterface
  private interface Task {
    /** Computes a block of {@code height} rows, of which the first is the i-th of all. */
    void compute(int i, int height, int column, int columns);
  }

  private void forEach(int row, int rows, int from, int to, float[] start, Task task) {
    int block = Tiles.block(a.depth());
    for (int column = from; column < to; column += block) {
      int columns = Math.min(block, to - column);
      if (a.inRows() && init != null) {
        Blocks.load(start, init, row, column, 1, columns);
        a.factors().begin(start, 0, columns);
      }
      for (int i = 0; i < rows; i += Tiles.HEIGHT) {
        task.compute(i, Math.min(Tiles.HEIGHT, rows - i), column, columns);
      }
    }
  }

  /** Computes a block in an array, rows BLOCK apart. */
  private void multiply(
      float[] block,
      int first,
      int row,
      int i,
      int height,
      int column,
      int columns,
      float[] start) {
    int bo = base + column * a.depth();
    if (a.inRows()) {
      Tiles.multiplyInto(block, 0, Tiles.BLOCK, height, columns, a, first + i, b, bo, start);
      return;
    }
    if (init == null) {
      int width = Tiles.wholePanels(columns);
      for (int k = 0; k < Tiles.wholeTiles(height); k++) {
        Arrays.fill(block, k * Tiles.BLOCK, k * Tiles.BLOCK + width, 0);
      }
    } else {
      Blocks.load(block, init, row + i, column, height, columns);
      if (init.rowStride() == 0) {
        a.factors().begin(block, 0, height * Tiles.BLOCK);
      }
    }
    Tiles.multiplyPanels(height, columns, a, first + i, b, bo, block);
  }

  private static float[] block(Scratch scratch) {
    return scratch.array(Slot.BLOCK, Tiles.HEIGHT * Tiles.BLOCK);
  }

  /** Returns an array for what chains start from; zeros where nothing else will stand there. */
  private float[] start(Scratch scratch) {
    float[] start = scratch.array(Slot.START, Tiles.BLOCK);
    Arrays.fill(start, 0);
    return start;
  }
}
