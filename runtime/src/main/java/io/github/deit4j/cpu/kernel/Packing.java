package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** Lays the factors of a matrix product out in the order in which {@link Tiles} reads them. */
final class Packing {
  private static final int WIDTH = Tiles.WIDTH;
  private static final int ROWS = Tiles.ROWS;
  private static final int BLOCK = 64;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private Packing() {}

  /**
   * Packs columns {@code column} to {@code column + WIDTH} of rows {@code k0} to {@code k0 + depth}
   * of B as {@code [depth][WIDTH]}, zeros where B has no such column.
   *
   * @param to where the panel starts, in bytes
   */
  static void panel(Matrix b, int k0, int depth, int column, MemorySegment packed, long to) {
    int width = Math.min(WIDTH, b.columns() - column);
    if (width < WIDTH) {
      packed.asSlice(to, 4L * depth * WIDTH).fill((byte) 0);
    }
    if (b.columnStride() == 1 && width == WIDTH) {
      copyRows(b, k0, depth, column, packed, to);
    } else {
      copyColumns(b, k0, depth, column, width, packed, to);
    }
  }

  private static void copyRows(
      Matrix b, int k0, int depth, int column, MemorySegment packed, long to) {
    MemorySegment memory = b.memory();
    for (int k = 0; k < depth; k++) {
      long source = b.byteOffset(k0 + k, column);
      long target = to + 4L * WIDTH * k;
      for (long v = 0; v < 4L * WIDTH; v += 4L * Tiles.LANES) {
        FloatVector.fromMemorySegment(Tiles.SPECIES, memory, source + v, ORDER)
            .intoMemorySegment(packed, target + v, ORDER);
      }
    }
  }

  /** Column after column, in blocks of k small enough for the written lines to stay in L1. */
  private static void copyColumns(
      Matrix b, int k0, int depth, int column, int width, MemorySegment packed, long to) {
    MemorySegment memory = b.memory();
    long stride = 4 * b.rowStride();
    for (int block = 0; block < depth; block += BLOCK) {
      int count = Math.min(BLOCK, depth - block);
      for (int j = 0; j < width; j++) {
        long source = b.byteOffset(k0 + block, column + j);
        long target = to + 4L * ((long) WIDTH * block + j);
        for (int k = 0; k < count; k++) {
          packed.set(JAVA_FLOAT, target, memory.get(JAVA_FLOAT, source));
          source += stride;
          target += 4L * WIDTH;
        }
      }
    }
  }

  /**
   * Packs rows {@code row} to {@code row + ROWS} of columns {@code k0} to {@code k0 + depth} of A as
   * {@code [depth][ROWS]}, zeros where A has no such row.
   *
   * @param to where the strip starts, in bytes
   */
  static void strip(Matrix a, int row, int k0, int depth, MemorySegment packed, long to) {
    int rows = Math.min(ROWS, a.rows() - row);
    MemorySegment memory = a.memory();
    long rowStride = 4 * a.rowStride();
    for (int k = 0; k < depth; k++) {
      long source = a.byteOffset(row, k0 + k);
      long target = to + 4L * ROWS * k;
      for (int i = 0; i < ROWS; i++) {
        packed.set(JAVA_FLOAT, target + 4L * i, i < rows ? memory.get(JAVA_FLOAT, source) : 0f);
        source += rowStride;
      }
    }
  }
}
