package io.github.deit4j.cpu.kernel;

import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of C: six rows by two vectors, two of them at a time where there are 32 vector registers.
 * They stay in registers while k runs; between passes over k each element's chain stands in an
 * array.
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

  /**
   * The class of the vectors. C2 does not know it of what comes out of a loop, and where kernels
   * have two species it has seen two classes in FloatVector's methods; it then boxes every vector
   * of a kernel. A cast tells it.
   */
  static final Class<? extends Vector<Float>> TYPE = SPECIES.vectorType();

  /** 32 vector registers. Only x86 without AVX-512 has 16. */
  private static final boolean MANY_REGISTERS =
      LANES >= 16 || !List.of("amd64", "x86_64").contains(System.getProperty("os.arch"));

  /** Rows of a tile and of a panel of A; what is computed of C are multiples of it. */
  static final int ROWS = 6;

  /** Columns of a tile and of a panel of B, and the panel's stride over k. */
  static final int WIDTH = 2 * LANES;

  /** The stride of A's panels over k: what the transposition writes at once is 8 wide. */
  static final int LEFT_STRIDE = 8;

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
  static final int HEIGHT = MANY_REGISTERS ? 24 : 18;

  /**
   * Columns of what is loaded, finished and stored at once, and their stride in its array: whole
   * panels.
   */
  static final int BLOCK = 64;

  private Tiles() {}

  /** Returns a number of columns rounded up to whole panels. */
  static int wholePanels(int columns) {
    return (columns + WIDTH - 1) / WIDTH * WIDTH;
  }

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
    if (left.inRows()) {
      multiplyRows(end, wholePanels(columns), depth, a, ao, b, bo, block);
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
    int width = wholePanels(columns);
    int depth = left.depth();
    float[] a = left.numbers();
    int ao = left.at(row);
    int i = at;
    if (MANY_REGISTERS) {
      for (; i + tile < end; i += 2 * tile) {
        MicroKernels32.twelveRowsByTwoFromFirst(width, depth, a, ao, b, bo, c, i);
        ao += 2 * tile;
      }
    }
    for (; i < end; i += tile) {
      RowMicroKernel.sixByTwoFromFirst(width, depth, a, ao, b, bo, c, i);
      ao += tile;
    }
  }

  private static void multiplyRows(
      int end, int width, int depth, float[] a, int ao, float[] b, int bo, float[] block) {
    int tile = ROWS * BLOCK;
    int left = ao;
    int i = 0;
    if (MANY_REGISTERS) {
      for (; i + tile < end; i += 2 * tile) {
        MicroKernels32.twelveRowsByTwo(width, depth, a, left, b, bo, block, i);
        left += 2 * ROWS * ROW_STRIDE;
      }
    }
    for (; i < end; i += tile) {
      RowMicroKernel.sixByTwo(width, depth, a, left, b, bo, block, i);
      left += ROWS * ROW_STRIDE;
    }
  }

  private static void multiplyPanels(
      int end, int columns, int depth, float[] a, int ao, float[] b, int bo, float[] block) {
    int tile = ROWS * BLOCK;
    int panel = depth * LEFT_STRIDE;
    int wide = (columns + LANES - 1) / WIDTH * WIDTH;
    if (wide > 0) {
      int left = ao;
      int i = 0;
      if (MANY_REGISTERS) {
        for (; i + tile < end; i += 2 * tile) {
          MicroKernels32.twelveByTwo(wide, depth, a, left, b, bo, block, i);
          left += 2 * panel;
        }
      }
      for (; i < end; i += tile) {
        MicroKernels16.sixByTwo(wide, depth, a, left, b, bo, block, i);
        left += panel;
      }
    }
    if (wide < columns) {
      int right = bo + wide * depth;
      int left = ao;
      int i = 0;
      for (; i + tile < end; i += 2 * tile) {
        MicroKernels16.twelveByOne(depth, a, left, b, right, block, i + wide);
        left += 2 * panel;
      }
      if (i < end) {
        MicroKernels16.sixByOne(depth, a, left, b, right, block, i + wide);
      }
    }
  }
}
