package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.EIGHT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of C: where there are 32 vector registers twice four rows by four vectors, or eight by one
 * where few columns are left; where there are 16, six rows by two vectors, or twelve by one. They
 * stay in registers while k runs; between passes over k each element's chain stands in an array.
 *
 * <p>The micro-kernels ({@link MicroKernels}, {@link RowMicroKernel}) are written out, and call the
 * JDK's force-inlined methods directly: C2 stops inlining helpers into methods with this many
 * vectors (NodeCountInliningCutoff), and then boxes them. Arrays rather than segments for B and C,
 * since C1 gives a method up ("out of virtual registers") beyond about 48 loads and stores of
 * segments or 80 of arrays, which can leave it uncompiled for good.
 */
final class Tiles {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  /** 32 vector registers. Only x86 without AVX-512 has 16. */
  private static final boolean MANY_REGISTERS =
      LANES >= 16 || !List.of("amd64", "x86_64").contains(System.getProperty("os.arch"));

  /** Rows of C that are computed together; what is computed of C are multiples of it. */
  static final int ROWS = MANY_REGISTERS ? 8 : 6;

  /** Columns of a panel of B, and its stride over k. */
  static final int WIDTH = MANY_REGISTERS ? 4 * LANES : 2 * LANES;

  /** Rows of a panel of A: whole tiles. */
  static final int PANEL_ROWS = MANY_REGISTERS ? WIDTH / ROWS * ROWS : ROWS;

  /** The stride of A's panels over k: what the transposition writes at once is 8 wide. */
  static final int LEFT_STRIDE = MANY_REGISTERS ? WIDTH : 8;

  /**
   * Whether A may stand in rows as well as in panels, which spares its transposition. Written only
   * for 16 registers.
   */
  static final boolean TAKE_ROWS = !MANY_REGISTERS;

  /**
   * From one row of A to the next where it stands in rows, and the most values of k. A constant, so
   * that one index serves all rows of a tile; 101 cache lines, since rows an odd number of lines
   * apart spread over all sets of a cache.
   */
  static final int ROW_STRIDE = 1616;

  /**
   * Rows of what is loaded, finished and stored at once: whole panels. So few that those of a
   * product 192 deep stay in the first-level cache beside a panel of B.
   */
  static final int HEIGHT = MANY_REGISTERS ? PANEL_ROWS : 18;

  /**
   * Columns of what is loaded, finished and stored at once, and their stride in its array: whole
   * panels, and enough of a row for a bulk copy to pay.
   */
  static final int BLOCK = 64;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private Tiles() {}

  /** Returns a number of rows rounded up to whole tiles. */
  static int wholeTiles(int rows) {
    return (rows + ROWS - 1) / ROWS * ROWS;
  }

  /** Copies rows of a matrix into an array, BLOCK elements apart; of at most BLOCK columns. */
  static void load(float[] block, Matrix from, int row, int column, int rows, int columns) {
    if (columns == BLOCK) {
      from.load(block, BLOCK, row, column, rows, BLOCK);
      return;
    }
    MemorySegment memory = from.memory();
    long stride = 4 * from.rowStride();
    int whole = EIGHT.loopBound(columns);
    for (int j = 0; j < whole; j += EIGHT.length()) {
      long at = from.byteOffset(row, column + j);
      for (int i = j; i < rows * BLOCK; i += BLOCK) {
        FloatVector.fromMemorySegment(EIGHT, memory, at, ORDER).intoArray(block, i);
        at += stride;
      }
    }
    if (whole < columns) {
      long at = from.byteOffset(row, column + whole);
      for (int i = whole; i < rows * BLOCK; i += BLOCK) {
        MemorySegment.copy(memory, JAVA_FLOAT, at, block, i, columns - whole);
        at += stride;
      }
    }
  }

  /** Copies rows from an array, BLOCK elements apart, into a matrix; of at most BLOCK columns. */
  static void store(float[] block, Matrix to, int row, int column, int rows, int columns) {
    if (columns == BLOCK) {
      to.store(block, BLOCK, row, column, rows, BLOCK);
      return;
    }
    MemorySegment memory = to.memory();
    long stride = 4 * to.rowStride();
    int whole = EIGHT.loopBound(columns);
    // Eight at a time, since the rows of convolutional networks are multiples of that.
    for (int j = 0; j < whole; j += EIGHT.length()) {
      long at = to.byteOffset(row, column + j);
      for (int i = j; i < rows * BLOCK; i += BLOCK) {
        FloatVector.fromArray(EIGHT, block, i).intoMemorySegment(memory, at, ORDER);
        at += stride;
      }
    }
    if (whole < columns) {
      long at = to.byteOffset(row, column + whole);
      for (int i = whole; i < rows * BLOCK; i += BLOCK) {
        MemorySegment.copy(block, i, memory, JAVA_FLOAT, at, columns - whole);
        at += stride;
      }
    }
  }

  /** Copies rows of an array, BLOCK elements apart, to rows of another one: BLOCK of each. */
  static void copy(float[] block, int rows, float[] to, int at, int stride) {
    int target = at;
    for (int i = 0; i < rows * BLOCK; i += BLOCK) {
      for (int j = 0; j < BLOCK; j += EIGHT.length()) {
        FloatVector.fromArray(EIGHT, block, i + j).intoArray(to, target + j);
      }
      target += stride;
    }
  }

  /**
   * Continues the chains of a block: some rows of A, from a panel's first, by the columns of some
   * panels of B. Whole tiles are written.
   *
   * @param rows how many rows are wanted, at most HEIGHT
   * @param columns how many columns are wanted, at most BLOCK
   * @param left holds A
   * @param row the first of the rows, counted in {@code left}
   * @param b holds the panels of B, one behind the other from its element {@code bo}
   * @param start where the chains of every row begin, BLOCK numbers; null if they begin where they
   *     end
   * @param block where they end, row i from element {@code at + i·BLOCK}
   */
  static void multiply(
      int rows,
      int columns,
      Left left,
      int row,
      float[] b,
      int bo,
      float[] start,
      float[] block,
      int at) {
    int depth = left.depth();
    if (left.inRows()) {
      int end = at + wholeTiles(rows) * BLOCK;
      int width = (columns + WIDTH - 1) / WIDTH * WIDTH;
      if (start != null) {
        repeat(start, width, block, at, end);
      }
      int ao = left.at(row);
      for (int i = at; i < end; i += ROWS * BLOCK) {
        RowMicroKernel.sixByTwo(width, depth, left.numbers(), ao, b, bo, block, i);
        ao += ROWS * ROW_STRIDE;
      }
      return;
    }
    float[] from = start == null ? block : start;
    int so = start == null ? at : 0;
    int stride = start == null ? BLOCK : 0;
    for (int j = 0; j < columns; j += WIDTH) {
      int width = Math.min(WIDTH, columns - j);
      int panel = bo + j * depth;
      multiplyPanel(rows, width, left, row, b, panel, from, so + j, stride, block, at + j, BLOCK);
    }
  }

  /** Makes some columns the same in all rows of a block, from element {@code at} to {@code end}. */
  private static void repeat(float[] row, int columns, float[] block, int at, int end) {
    for (int j = 0; j < columns; j += EIGHT.length()) {
      FloatVector numbers = FloatVector.fromArray(EIGHT, row, j);
      for (int i = at + j; i < end; i += BLOCK) {
        numbers.intoArray(block, i);
      }
    }
  }

  /**
   * Continues the chains of the tiles that hold some rows of A, which stands in panels, from a
   * panel's first, and some columns of one panel of B. Whole tiles are written.
   *
   * @param rows how many rows are wanted, at most HEIGHT
   * @param columns how many columns are wanted, at most WIDTH
   * @param left holds A
   * @param row the first of the rows, counted in {@code left}
   * @param b panel of B, from its element {@code bo}
   * @param start where the chains of row i begin: from element {@code so + i·ss}
   * @param out where they end: from element {@code oo + i·os}; may be {@code start}
   */
  static void multiplyPanel(
      int rows,
      int columns,
      Left left,
      int row,
      float[] b,
      int bo,
      float[] start,
      int so,
      int ss,
      float[] out,
      int oo,
      int os) {
    assert !left.inRows() : "A in rows, but the micro-kernels of a panel read panels";
    int depth = left.depth();
    float[] a = left.numbers();
    int ao = left.at(row);
    if (MANY_REGISTERS) {
      multiplyWithMany(rows, columns, depth, a, ao, b, bo, start, so, ss, out, oo, os);
    } else if (columns > LANES) {
      for (int i = 0; i < rows; i += ROWS) {
        MicroKernels.sixByTwo(depth, a, ao, b, bo, start, so + i * ss, ss, out, oo + i * os, os);
        ao += depth * LEFT_STRIDE;
      }
    } else {
      int i = 0;
      for (; i < rows - ROWS; i += 2 * ROWS) {
        MicroKernels.twelveByOne(depth, a, ao, b, bo, start, so + i * ss, ss, out, oo + i * os, os);
        ao += 2 * depth * LEFT_STRIDE;
      }
      if (i < rows) {
        MicroKernels.sixByOne(depth, a, ao, b, bo, start, so + i * ss, ss, out, oo + i * os, os);
      }
    }
  }

  private static void multiplyWithMany(
      int rows,
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
    if (columns > WIDTH - LANES) {
      // Two tiles a turn, since rows are counted in eights.
      for (int i = 0; i < rows; i += ROWS) {
        MicroKernels.fourByFour(
            depth, a, ao + i, b, bo, start, so + i * ss, ss, out, oo + i * os, os);
        int second = i + 4;
        MicroKernels.fourByFour(
            depth, a, ao + second, b, bo, start, so + second * ss, ss, out, oo + second * os, os);
      }
      return;
    }
    for (int i = 0; i < rows; i += ROWS) {
      for (int j = 0; j < columns; j += LANES) {
        MicroKernels.eightByOne(
            depth, a, ao + i, b, bo + j, start, so + i * ss + j, ss, out, oo + i * os + j, os);
      }
    }
  }
}
