package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.EIGHT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of C: four rows by four vectors where there are 32 vector registers, six rows by two where
 * there are 16. They stay in registers while k runs; between passes over k each element's chain
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
  private static final boolean MANY_REGISTERS =
      LANES >= 16 || System.getProperty("os.arch").equals("aarch64");

  static final int ROWS = MANY_REGISTERS ? 4 : 6;

  /** Columns of a tile, and of a panel of B. */
  static final int WIDTH = MANY_REGISTERS ? 4 * LANES : 2 * LANES;

  /** Rows in a panel of A: whole tiles, and whole vectors of eight for those who pack it. */
  static final int LEFT_WIDTH = MANY_REGISTERS ? WIDTH : 24;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private Tiles() {}

  /** Copies rows of a matrix into an array, row by row WIDTH elements apart. */
  static void load(float[] block, Matrix from, int row, int column, int rows, int columns) {
    MemorySegment memory = from.memory();
    long at = from.byteOffset(row, column);
    long stride = 4 * from.rowStride();
    for (int i = 0; i < rows; i++) {
      if (columns == WIDTH) {
        // A constant number of vectors, so that this is unrolled.
        for (int j = 0; j < WIDTH; j += LANES) {
          FloatVector.fromMemorySegment(SPECIES, memory, at + 4L * j, ORDER)
              .intoArray(block, i * WIDTH + j);
        }
      } else {
        loadPart(block, i * WIDTH, memory, at, columns);
      }
      at += stride;
    }
  }

  /** Eight at a time, since the rows of convolutional networks are multiples of that. */
  private static void loadPart(float[] block, int to, MemorySegment from, long at, int columns) {
    int whole = EIGHT.loopBound(columns);
    for (int j = 0; j < whole; j += EIGHT.length()) {
      FloatVector.fromMemorySegment(EIGHT, from, at + 4L * j, ORDER).intoArray(block, to + j);
    }
    if (whole < columns) {
      MemorySegment.copy(from, JAVA_FLOAT, at + 4L * whole, block, to + whole, columns - whole);
    }
  }

  private static void storePart(float[] block, int from, MemorySegment to, long at, int columns) {
    int whole = EIGHT.loopBound(columns);
    for (int j = 0; j < whole; j += EIGHT.length()) {
      FloatVector.fromArray(EIGHT, block, from + j).intoMemorySegment(to, at + 4L * j, ORDER);
    }
    if (whole < columns) {
      MemorySegment.copy(block, from + whole, to, JAVA_FLOAT, at + 4L * whole, columns - whole);
    }
  }

  /** Copies rows from an array, WIDTH elements apart, into a matrix. */
  static void store(float[] block, Matrix to, int row, int column, int rows, int columns) {
    MemorySegment memory = to.memory();
    long at = to.byteOffset(row, column);
    long stride = 4 * to.rowStride();
    for (int i = 0; i < rows; i++) {
      if (columns == WIDTH) {
        for (int j = 0; j < WIDTH; j += LANES) {
          FloatVector.fromArray(SPECIES, block, i * WIDTH + j)
              .intoMemorySegment(memory, at + 4L * j, ORDER);
        }
      } else {
        storePart(block, i * WIDTH, memory, at, columns);
      }
      at += stride;
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
    if (!MANY_REGISTERS) {
      if (columns <= LANES) {
        RowTiles.sixByOne(depth, a, ao, lda, b, bo, start, so, ss, out, oo, os);
      } else {
        RowTiles.sixByTwo(depth, a, ao, lda, b, bo, start, so, ss, out, oo, os);
      }
    } else if (columns <= WIDTH - LANES) {
      for (int j = 0; j < columns; j += LANES) {
        RowTiles.fourByOne(depth, a, ao, lda, b, bo + j, start, so + j, ss, out, oo + j, os);
      }
    } else {
      RowTiles.fourByFour(depth, a, ao, lda, b, bo, start, so, ss, out, oo, os);
    }
  }

  /**
   * Continues the chains of a tile over {@code depth} values of k.
   *
   * @param a left factor in columns: column k starts at {@code ao + k·LEFT_WIDTH}
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
    if (!MANY_REGISTERS) {
      if (columns <= LANES) {
        ColumnTiles.sixByOne(depth, a, ao, b, bo, start, so, ss, out, oo, os);
      } else {
        ColumnTiles.sixByTwo(depth, a, ao, b, bo, start, so, ss, out, oo, os);
      }
    } else if (columns <= WIDTH - LANES) {
      for (int j = 0; j < columns; j += LANES) {
        ColumnTiles.fourByOne(depth, a, ao, b, bo + j, start, so + j, ss, out, oo + j, os);
      }
    } else {
      ColumnTiles.fourByFour(depth, a, ao, b, bo, start, so, ss, out, oo, os);
    }
  }
}
