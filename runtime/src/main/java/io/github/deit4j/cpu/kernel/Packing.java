package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Lays the factors of a matrix product out in arrays, in the order in which {@link Tiles} reads
 * them. Segments are only copied in runs; single elements move between arrays.
 */
final class Packing {
  private static final int WIDTH = Tiles.WIDTH;

  /** So many columns and so many k of them are transposed together, in the first-level cache. */
  private static final int COLUMNS = 16;

  private static final int BLOCK = 64;

  /** Floats of working memory that {@link #panel} needs. */
  static final int WORKING_FLOATS = COLUMNS * BLOCK;

  private Packing() {}

  /**
   * Packs columns {@code column} to {@code column + WIDTH} of rows {@code k0} to {@code k0 + depth}
   * of B as {@code [depth][WIDTH]}, zeros where B has no such column.
   *
   * @param to where the panel starts
   * @param working {@link #WORKING_FLOATS} floats
   */
  static void panel(
      Matrix b, int k0, int depth, int column, float[] packed, int to, float[] working) {
    int width = Math.min(WIDTH, b.columns() - column);
    if (width < WIDTH) {
      Arrays.fill(packed, to, to + depth * WIDTH, 0f);
    }
    if (b.columnStride() == 1) {
      for (int k = 0; k < depth; k++) {
        long source = b.byteOffset(k0 + k, column);
        MemorySegment.copy(b.memory(), JAVA_FLOAT, source, packed, to + k * WIDTH, width);
      }
    } else {
      requireUnitStride(b.rowStride());
      for (int j = 0; j < width; j += COLUMNS) {
        int columns = Math.min(COLUMNS, width - j);
        for (int block = 0; block < depth; block += BLOCK) {
          int count = Math.min(BLOCK, depth - block);
          for (int i = 0; i < columns; i++) {
            long source = b.byteOffset(k0 + block, column + j + i);
            MemorySegment.copy(b.memory(), JAVA_FLOAT, source, working, i * BLOCK, count);
          }
          transpose(working, columns, count, packed, to + block * WIDTH + j);
        }
      }
    }
  }

  private static void transpose(float[] working, int columns, int count, float[] packed, int to) {
    if (columns == COLUMNS) {
      for (int k = 0; k < count; k++) {
        // A constant number of columns, so that this is unrolled.
        for (int i = 0; i < COLUMNS; i++) {
          packed[to + i] = working[i * BLOCK + k];
        }
        to += WIDTH;
      }
    } else {
      for (int k = 0; k < count; k++) {
        for (int i = 0; i < columns; i++) {
          packed[to + k * WIDTH + i] = working[i * BLOCK + k];
        }
      }
    }
  }

  /**
   * Copies rows {@code row} to {@code row + rows} of columns {@code k0} to {@code k0 + depth} of A,
   * and then zeros up to {@code paddedRows}: as {@code [paddedRows][depth]} if A's rows are
   * contiguous, else as {@code [depth][paddedRows]}.
   */
  static void block(
      Matrix a, int row, int rows, int paddedRows, int k0, int depth, float[] packed) {
    if (a.columnStride() == 1) {
      for (int i = 0; i < rows; i++) {
        long source = a.byteOffset(row + i, k0);
        MemorySegment.copy(a.memory(), JAVA_FLOAT, source, packed, i * depth, depth);
      }
      Arrays.fill(packed, rows * depth, paddedRows * depth, 0f);
    } else {
      requireUnitStride(a.rowStride());
      for (int k = 0; k < depth; k++) {
        long source = a.byteOffset(row, k0 + k);
        MemorySegment.copy(a.memory(), JAVA_FLOAT, source, packed, k * paddedRows, rows);
        Arrays.fill(packed, k * paddedRows + rows, (k + 1) * paddedRows, 0f);
      }
    }
  }

  private static void requireUnitStride(long stride) {
    if (stride != 1) {
      throw new IllegalArgumentException(
          "matrix product: expected a factor with a row or column stride of 1, found " + stride);
    }
  }
}
