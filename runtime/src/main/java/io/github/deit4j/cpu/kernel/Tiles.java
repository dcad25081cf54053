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
 * <p>The micro-kernels ({@link MicroKernels32}, {@link MicroKernels16}, {@link RowMicroKernel}) are
 * written out, and call the JDK's force-inlined methods directly: C2 stops inlining helpers into
 * methods with this many vectors (NodeCountInliningCutoff), and then boxes them. Arrays rather than
 * segments for B and C, since C1 gives a method up ("out of virtual registers") beyond about 48
 * loads and stores of segments or 80 of arrays, which can leave it uncompiled for good.
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
   * panels, and eight vectors of a row.
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
    MemorySegment memory = from.memory();
    long stride = 4 * from.rowStride();
    if (columns == BLOCK) {
      long at = from.byteOffset(row, column);
      for (int i = 0; i < rows * BLOCK; i += BLOCK) {
        for (int j = 0; j < BLOCK; j += EIGHT.length()) {
          FloatVector.fromMemorySegment(EIGHT, memory, at + 4L * j, ORDER).intoArray(block, i + j);
        }
        at += stride;
      }
      return;
    }
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
    MemorySegment memory = to.memory();
    long stride = 4 * to.rowStride();
    if (columns == BLOCK) {
      long at = to.byteOffset(row, column);
      for (int i = 0; i < rows * BLOCK; i += BLOCK) {
        for (int j = 0; j < BLOCK; j += EIGHT.length()) {
          FloatVector.fromArray(EIGHT, block, i + j).intoMemorySegment(memory, at + 4L * j, ORDER);
        }
        at += stride;
      }
      return;
    }
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

  /** Stores a block added to the same place of a matrix in another one, which may be the same. */
  static void storeSum(
      float[] block, Matrix other, Matrix to, int row, int column, int rows, int columns) {
    int whole = EIGHT.loopBound(columns);
    long stride = 4 * to.rowStride();
    long otherStride = 4 * other.rowStride();
    for (int j = 0; j < whole; j += EIGHT.length()) {
      long at = to.byteOffset(row, column + j);
      long otherAt = other.byteOffset(row, column + j);
      for (int i = j; i < rows * BLOCK; i += BLOCK) {
        FloatVector.fromMemorySegment(EIGHT, other.memory(), otherAt, ORDER)
            .add(FloatVector.fromArray(EIGHT, block, i))
            .intoMemorySegment(to.memory(), at, ORDER);
        at += stride;
        otherAt += otherStride;
      }
    }
    for (int i = 0; i < rows; i++) {
      for (int j = whole; j < columns; j++) {
        float product = block[i * BLOCK + j];
        float sum = other.memory().get(JAVA_FLOAT, other.byteOffset(row + i, column + j)) + product;
        to.memory().set(JAVA_FLOAT, to.byteOffset(row + i, column + j), sum);
      }
    }
  }

  /**
   * Copies rows of an array, BLOCK elements apart, to rows of another one; of at most BLOCK
   * columns, rounded up to a multiple of eight.
   */
  static void copy(float[] block, int rows, int columns, float[] to, int at, int stride) {
    if (columns == BLOCK) {
      copyWhole(block, rows, to, at, stride);
      return;
    }
    for (int j = 0; j < columns; j += EIGHT.length()) {
      int target = at + j;
      for (int i = j; i < rows * BLOCK; i += BLOCK) {
        FloatVector.fromArray(EIGHT, block, i).intoArray(to, target);
        target += stride;
      }
    }
  }

  private static void copyWhole(float[] block, int rows, float[] to, int at, int stride) {
    int target = at;
    for (int i = 0; i < rows * BLOCK; i += BLOCK) {
      for (int j = 0; j < BLOCK; j += EIGHT.length()) {
        FloatVector.fromArray(EIGHT, block, i + j).intoArray(to, target + j);
      }
      target += stride;
    }
  }

  /** Makes the first {@code columns} numbers of some rows of a block those of one row. */
  static void repeat(float[] row, int rows, int columns, float[] block) {
    for (int j = 0; j < columns; j += EIGHT.length()) {
      FloatVector numbers = FloatVector.fromArray(EIGHT, row, j);
      for (int i = j; i < rows * BLOCK; i += BLOCK) {
        numbers.intoArray(block, i);
      }
    }
  }

  /**
   * Continues the chains of a block, in place: some rows of A, from a panel's first, by the columns
   * of some panels of B. Whole tiles are written.
   *
   * @param rows how many rows are wanted, at most HEIGHT
   * @param columns how many columns are wanted, at most BLOCK
   * @param left holds A
   * @param row the first of the rows, counted in {@code left}
   * @param b holds the panels of B, one behind the other from its element {@code bo}
   * @param block the chains, row i from element {@code i·BLOCK}
   */
  static void multiply(
      int rows, int columns, Left left, int row, float[] b, int bo, float[] block) {
    int depth = left.depth();
    float[] a = left.numbers();
    int ao = left.at(row);
    int end = wholeTiles(rows) * BLOCK;
    if (MANY_REGISTERS) {
      for (int j = 0; j < columns; j += WIDTH) {
        int width = Math.min(WIDTH, columns - j);
        multiplyWithMany(end, width, depth, a, ao, b, bo + j * depth, block, j);
      }
    } else if (left.inRows()) {
      int width = (columns + WIDTH - 1) / WIDTH * WIDTH;
      for (int i = 0; i < end; i += ROWS * BLOCK) {
        RowMicroKernel.sixByTwo(width, depth, a, ao, b, bo, block, i);
        ao += ROWS * ROW_STRIDE;
      }
    } else {
      multiplyPanels(end, columns, depth, a, ao, b, bo, block);
    }
  }

  /**
   * Computes chains that all rows start alike: some rows of A, from its first, by the columns of
   * some panels of B. Whole tiles are written. Only where {@code left} is in rows.
   *
   * @param start what the chains of each column start from
   * @param c receives the chains, its first row from element {@code at}, rows ROW_STRIDE apart
   */
  static void multiplyRows(
      int rows,
      int columns,
      Left left,
      int row,
      float[] b,
      int bo,
      float[] start,
      float[] c,
      int at) {
    int width = (columns + WIDTH - 1) / WIDTH * WIDTH;
    int end = at + wholeTiles(rows) * ROW_STRIDE;
    for (int j = 0; j < columns; j += EIGHT.length()) {
      FloatVector numbers = FloatVector.fromArray(EIGHT, start, j);
      for (int to = at + j; to < end; to += ROWS * ROW_STRIDE) {
        numbers.intoArray(c, to);
      }
    }
    int ao = left.at(row);
    for (int to = at; to < end; to += ROWS * ROW_STRIDE) {
      RowMicroKernel.sixByTwoFromFirst(width, left.depth(), left.numbers(), ao, b, bo, c, to);
      ao += ROWS * ROW_STRIDE;
    }
  }

  private static void multiplyPanels(
      int end, int columns, int depth, float[] a, int ao, float[] b, int bo, float[] block) {
    int wide = (columns + LANES - 1) / WIDTH * WIDTH;
    int panel = depth * LEFT_STRIDE;
    if (wide > 0) {
      int left = ao;
      for (int i = 0; i < end; i += ROWS * BLOCK) {
        MicroKernels16.sixByTwo(wide, depth, a, left, b, bo, block, i);
        left += panel;
      }
    }
    if (wide < columns) {
      int right = bo + wide * depth;
      int left = ao;
      int i = 0;
      for (; i < end - ROWS * BLOCK; i += 2 * ROWS * BLOCK) {
        MicroKernels16.twelveByOne(depth, a, left, b, right, block, i + wide);
        left += 2 * panel;
      }
      if (i < end) {
        MicroKernels16.sixByOne(depth, a, left, b, right, block, i + wide);
      }
    }
  }

  private static void multiplyWithMany(
      int end,
      int columns,
      int depth,
      float[] a,
      int ao,
      float[] b,
      int bo,
      float[] block,
      int column) {
    int left = ao;
    for (int at = column; at < end; at += ROWS * BLOCK) {
      if (columns > WIDTH - LANES) {
        // Two tiles a turn, since rows are counted in eights.
        MicroKernels32.fourByFour(depth, a, left, b, bo, block, at);
        MicroKernels32.fourByFour(depth, a, left + 4, b, bo, block, at + 4 * BLOCK);
      } else {
        for (int j = 0; j < columns; j += LANES) {
          MicroKernels32.eightByOne(depth, a, left, b, bo + j, block, at + j);
        }
      }
      left += ROWS;
    }
  }
}
