package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.core.VectorMath.LANES;
import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static io.github.deit4j.cpu.gemm.Tiles.WIDTH;

import io.github.deit4j.cpu.core.VectorMath;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * The loops of {@link Panels}: rows of a factor on their way into panels, several panels at a time.
 *
 * <p>Memory is read in the order in which it lies: cutting a panel of 256 bytes a row out of a
 * large matrix ran at 3 GB/s, whole rows at 10 and more. And it is written in few streams: packing
 * that put 128 bytes into each of up to 256 panels before it came back to the first made weight
 * gradients 1.01 to 1.14 times as slow as eight narrow panels at a time (so many that a line is
 * read once), or one wide one (Zen 5, one thread, DeiT-Ti, S and B at batch 8). From far away a
 * core got 25 GB/s where 512 bytes of each row were read at once (four panels as wide as a tile),
 * 16 where it was a line or two; panels of 24 columns 13 one at a time, 15.5 two, 18 four. That is
 * little of a product (weight gradients of DeiT-S at batch 32 1.01 to 1.02 on two threads); huge
 * pages for the packed arrays ({@code -XX:+UseTransparentHugePages}) gave 3 %.
 */
final class PanelCopies {
  /** How many panels as wide as a tile are copied at once. */
  static final int TILE_WIDE = 4;

  /** How many panels of three vectors. */
  static final int THREE = 2;

  /** How many panels of one vector. */
  static final int NARROW = 8;

  private static final int BLOCK = 8;

  private PanelCopies() {}

  /**
   * Copies some rows to {@link #TILE_WIDE} panels as wide as a tile.
   *
   * @param to where the first of the rows stands in the first panel
   * @param size floats from one panel to the next
   */
  static void manyTileWide(
      Matrix b, int row, int column, int rows, float[] packed, int to, int size) {
    MemorySegment memory = NATIVE.cast(b.memory());
    long stride = 4 * b.rowStride();
    long at = b.byteOffset(row, column);
    int end = to + rows * WIDTH;
    for (int i = to; i < end; i += WIDTH) {
      for (int j = 0; j < TILE_WIDE; j++) {
        long from = at + 4L * j * WIDTH;
        FloatVector low = VectorMath.wide(memory, from);
        FloatVector high = VectorMath.wide(memory, from + 4L * LANES);
        low.intoArray(packed, i + j * size);
        high.intoArray(packed, i + j * size + LANES);
      }
      at += stride;
    }
  }

  /** Copies some rows to one panel as wide as a tile. */
  static void tileWide(Matrix b, int row, int column, int rows, float[] packed, int to) {
    MemorySegment memory = NATIVE.cast(b.memory());
    long stride = 4 * b.rowStride();
    long at = b.byteOffset(row, column);
    int end = to + rows * WIDTH;
    for (int i = to; i < end; i += WIDTH) {
      FloatVector low = VectorMath.wide(memory, at);
      FloatVector high = VectorMath.wide(memory, at + 4L * LANES);
      low.intoArray(packed, i);
      high.intoArray(packed, i + LANES);
      at += stride;
    }
  }

  /** Copies rows of an array, {@code stride} apart, to one panel as wide as a tile. */
  static void tileWide(float[] b, int at, int stride, int rows, float[] packed, int to) {
    int from = at;
    int end = to + rows * WIDTH;
    for (int i = to; i < end; i += WIDTH) {
      FloatVector low = VectorMath.wide(b, from);
      FloatVector high = VectorMath.wide(b, from + LANES);
      low.intoArray(packed, i);
      high.intoArray(packed, i + LANES);
      from += stride;
    }
  }

  /** Copies some rows to {@link #THREE} panels of three vectors of eight. */
  static void manyThree(Matrix b, int row, int column, int rows, float[] packed, int to, int size) {
    MemorySegment memory = NATIVE.cast(b.memory());
    long stride = 4 * b.rowStride();
    long at = b.byteOffset(row, column);
    int end = to + rows * 3 * BLOCK;
    for (int i = to; i < end; i += 3 * BLOCK) {
      for (int j = 0; j < THREE; j++) {
        long from = at + 4L * j * 3 * BLOCK;
        FloatVector low = VectorMath.eight(memory, from);
        FloatVector middle = VectorMath.eight(memory, from + 4L * BLOCK);
        FloatVector high = VectorMath.eight(memory, from + 8L * BLOCK);
        low.intoArray(packed, i + j * size);
        middle.intoArray(packed, i + j * size + BLOCK);
        high.intoArray(packed, i + j * size + 2 * BLOCK);
      }
      at += stride;
    }
  }

  /** Copies some rows to one panel of three vectors of eight. */
  static void three(Matrix b, int row, int column, int rows, float[] packed, int to) {
    MemorySegment memory = NATIVE.cast(b.memory());
    long stride = 4 * b.rowStride();
    long at = b.byteOffset(row, column);
    int end = to + rows * 3 * BLOCK;
    for (int i = to; i < end; i += 3 * BLOCK) {
      FloatVector low = VectorMath.eight(memory, at);
      FloatVector middle = VectorMath.eight(memory, at + 4L * BLOCK);
      FloatVector high = VectorMath.eight(memory, at + 8L * BLOCK);
      low.intoArray(packed, i);
      middle.intoArray(packed, i + BLOCK);
      high.intoArray(packed, i + 2 * BLOCK);
      at += stride;
    }
  }

  /** Copies rows of an array, {@code stride} apart, to one panel of three vectors of eight. */
  static void three(float[] b, int at, int stride, int rows, float[] packed, int to) {
    int from = at;
    int end = to + rows * 3 * BLOCK;
    for (int i = to; i < end; i += 3 * BLOCK) {
      FloatVector low = VectorMath.eight(b, from);
      FloatVector middle = VectorMath.eight(b, from + BLOCK);
      FloatVector high = VectorMath.eight(b, from + 2 * BLOCK);
      low.intoArray(packed, i);
      middle.intoArray(packed, i + BLOCK);
      high.intoArray(packed, i + 2 * BLOCK);
      from += stride;
    }
  }

  /**
   * Copies some rows to {@link #NARROW} panels, each as wide as a vector of eight.
   *
   * @param columns from the first column of one panel to that of the next
   */
  static void manyNarrow(
      Matrix b, int row, int column, int columns, int rows, float[] packed, int to, int size) {
    MemorySegment memory = NATIVE.cast(b.memory());
    long stride = 4 * b.rowStride();
    long step = 4L * columns;
    long at = b.byteOffset(row, column);
    int end = to + rows * BLOCK;
    for (int i = to; i < end; i += BLOCK) {
      FloatVector p0 = VectorMath.eight(memory, at);
      FloatVector p1 = VectorMath.eight(memory, at + step);
      FloatVector p2 = VectorMath.eight(memory, at + 2 * step);
      FloatVector p3 = VectorMath.eight(memory, at + 3 * step);
      FloatVector p4 = VectorMath.eight(memory, at + 4 * step);
      FloatVector p5 = VectorMath.eight(memory, at + 5 * step);
      FloatVector p6 = VectorMath.eight(memory, at + 6 * step);
      FloatVector p7 = VectorMath.eight(memory, at + 7 * step);
      p0.intoArray(packed, i);
      p1.intoArray(packed, i + size);
      p2.intoArray(packed, i + 2 * size);
      p3.intoArray(packed, i + 3 * size);
      p4.intoArray(packed, i + 4 * size);
      p5.intoArray(packed, i + 5 * size);
      p6.intoArray(packed, i + 6 * size);
      p7.intoArray(packed, i + 7 * size);
      at += stride;
    }
  }

  /**
   * Copies some columns of rows of an array, {@code stride} apart, to one panel.
   *
   * @param columns how many; whole vectors of eight are copied
   * @param width the panel's
   */
  static void strips(
      float[] b, int at, int stride, int columns, int rows, float[] packed, int to, int width) {
    for (int j = 0; j < columns; j += BLOCK) {
      int from = at + j;
      for (int i = to + j; i < to + j + rows * width; i += width) {
        VectorMath.eight(b, from).intoArray(packed, i);
        from += stride;
      }
    }
  }
}
