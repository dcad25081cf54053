package io.github.deit4j.cpu.kernel;

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

  private Tiles() {}

  /** Returns a number of rows rounded up to whole tiles. */
  static int wholeTiles(int rows) {
    return (rows + ROWS - 1) / ROWS * ROWS;
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
   * Computes chains that start alike in all rows, where the result can be a left factor. Only of a
   * left factor in rows.
   *
   * @param start what the chains of each column start from
   * @param c receives the chains, row i from element {@code at + i·ROW_STRIDE}
   */
  static void multiplyInto(
      float[] c,
      int at,
      float[] start,
      int rows,
      int columns,
      Left left,
      int row,
      float[] b,
      int bo) {
    int tile = ROWS * ROW_STRIDE;
    int end = at + wholeTiles(rows) * ROW_STRIDE;
    Blocks.repeat(start, columns, c, at, end, tile);
    int width = (columns + WIDTH - 1) / WIDTH * WIDTH;
    int ao = left.at(row);
    for (int i = at; i < end; i += tile) {
      RowMicroKernel.sixByTwoFromFirst(width, left.depth(), left.numbers(), ao, b, bo, c, i);
      ao += tile;
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
