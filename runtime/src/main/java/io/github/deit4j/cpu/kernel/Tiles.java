package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.EIGHT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of C: twice four rows by four vectors where there are 32 vector registers, by two where
 * there are 16; eight rows by one vector where few columns are left, since four chains would wait
 * for each other. They stay in registers while k runs; between passes over k each element's chain
 * stands in an array.
 *
 * <p>The micro-kernels ({@link RowTiles}, {@link ColumnTiles}) are written out, and call the JDK's
 * force-inlined methods directly: C2 stops inlining helpers into methods with this many vectors
 * (NodeCountInliningCutoff), and then boxes them. Arrays rather than segments for B and C, since C1
 * gives a method up ("out of virtual registers") beyond about 48 loads and stores of segments or 80
 * of arrays, which can leave it uncompiled for good.
 */
final class Tiles {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  /** Rows that are computed at a time: those of the tile of one vector. */
  static final int ROWS = 8;

  /** Rows of the tiles of full width. */
  private static final int HALF = ROWS / 2;

  private static final boolean MANY_REGISTERS =
      LANES >= 16 || System.getProperty("os.arch").equals("aarch64");

  /** Columns of a tile, and of a panel of B. */
  static final int WIDTH = MANY_REGISTERS ? 4 * LANES : 2 * LANES;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private Tiles() {}

  /** Copies rows of a matrix into an array, row by row WIDTH elements apart. */
  static void load(float[] block, Matrix from, int row, int column, int rows, int columns) {
    MemorySegment memory = from.memory();
    long at = from.byteOffset(row, column);
    long stride = 4 * from.rowStride();
    if (columns < WIDTH) {
      loadPart(block, memory, at, stride, rows, columns);
      return;
    }
    for (int i = 0; i < rows; i++) {
      // A constant number of vectors, so that this is unrolled.
      for (int j = 0; j < WIDTH; j += LANES) {
        FloatVector.fromMemorySegment(SPECIES, memory, at + 4L * j, ORDER)
            .intoArray(block, i * WIDTH + j);
      }
      at += stride;
    }
  }

  /** Eight at a time, since the rows of convolutional networks are multiples of that. */
  private static void loadPart(
      float[] block, MemorySegment memory, long first, long stride, int rows, int columns) {
    int whole = EIGHT.loopBound(columns);
    for (int j = 0; j < whole; j += EIGHT.length()) {
      long at = first + 4L * j;
      for (int i = j; i < rows * WIDTH; i += WIDTH) {
        FloatVector.fromMemorySegment(EIGHT, memory, at, ORDER).intoArray(block, i);
        at += stride;
      }
    }
    if (whole < columns) {
      long at = first + 4L * whole;
      for (int i = whole; i < rows * WIDTH; i += WIDTH) {
        MemorySegment.copy(memory, JAVA_FLOAT, at, block, i, columns - whole);
        at += stride;
      }
    }
  }

  /** Copies rows from an array, WIDTH elements apart, into a matrix. */
  static void store(float[] block, Matrix to, int row, int column, int rows, int columns) {
    MemorySegment memory = to.memory();
    long at = to.byteOffset(row, column);
    long stride = 4 * to.rowStride();
    if (columns < WIDTH) {
      storePart(block, memory, at, stride, rows, columns);
      return;
    }
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < WIDTH; j += LANES) {
        FloatVector.fromArray(SPECIES, block, i * WIDTH + j)
            .intoMemorySegment(memory, at + 4L * j, ORDER);
      }
      at += stride;
    }
  }

  private static void storePart(
      float[] block, MemorySegment memory, long first, long stride, int rows, int columns) {
    int whole = EIGHT.loopBound(columns);
    for (int j = 0; j < whole; j += EIGHT.length()) {
      long at = first + 4L * j;
      for (int i = j; i < rows * WIDTH; i += WIDTH) {
        FloatVector.fromArray(EIGHT, block, i).intoMemorySegment(memory, at, ORDER);
        at += stride;
      }
    }
    if (whole < columns) {
      long at = first + 4L * whole;
      for (int i = whole; i < rows * WIDTH; i += WIDTH) {
        MemorySegment.copy(block, i, memory, JAVA_FLOAT, at, columns - whole);
        at += stride;
      }
    }
  }

  /**
   * Continues the chains of a tile over {@code depth} values of k.
   *
   * @param columns how many columns are wanted, at most WIDTH; whole vectors are written
   * @param a left factor in rows: row i starts at {@code ao + i·lda}
   * @param b right factor in columns: row k starts at {@code bo + k·WIDTH}
   * @param start where the chains of tile row i begin: from element {@code so + i·ss}
   * @param out where they end: from element {@code oo + i·os}; may be {@code start}
   */
  static void multiplyRows(
      int columns,
      int depth,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      float[] start,
      int so,
      int ss,
      float[] out,
      int oo,
      int os) {
    if (columns <= WIDTH - LANES) {
      for (int j = 0; j < columns; j += LANES) {
        RowTiles.eightByOne(depth, a, ao, lda, b, bo + j, start, so + j, ss, out, oo + j, os);
      }
      return;
    }
    for (int i = 0; i < ROWS; i += HALF) {
      int row = ao + i * lda;
      if (MANY_REGISTERS) {
        RowTiles.fourByFour(
            depth, a, row, lda, b, bo, start, so + i * ss, ss, out, oo + i * os, os);
      } else {
        RowTiles.fourByTwo(depth, a, row, lda, b, bo, start, so + i * ss, ss, out, oo + i * os, os);
      }
    }
  }

  /**
   * Continues the chains of a tile over {@code depth} values of k.
   *
   * @param a left factor in columns: column k starts at {@code ao + k·WIDTH}
   */
  static void multiplyColumns(
      int columns,
      int depth,
      float[] a,
      int ao,
      float[] b,
      int bo,
      float[] start,
      int so,
      int ss,
      float[] out,
      int oo,
      int os) {
    if (columns <= WIDTH - LANES) {
      for (int j = 0; j < columns; j += LANES) {
        ColumnTiles.eightByOne(depth, a, ao, b, bo + j, start, so + j, ss, out, oo + j, os);
      }
      return;
    }
    for (int i = 0; i < ROWS; i += HALF) {
      if (MANY_REGISTERS) {
        ColumnTiles.fourByFour(
            depth, a, ao + i, b, bo, start, so + i * ss, ss, out, oo + i * os, os);
      } else {
        ColumnTiles.fourByTwo(
            depth, a, ao + i, b, bo, start, so + i * ss, ss, out, oo + i * os, os);
      }
    }
  }
}
