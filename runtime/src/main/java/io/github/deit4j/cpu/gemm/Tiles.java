package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.core.VectorMath.LANES;

import io.github.deit4j.cpu.core.KernelCase;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Tiles of C: six rows by two vectors, two of them at a time where there are 32 vector registers.
 * They stay in registers while k runs.
 *
 * <p>The micro-kernels ({@link MicroKernels32} and {@link MicroKernels16} to memory, {@link
 * ArrayMicroKernels32} and {@link ArrayMicroKernels16} to arrays; each of a packed factor in panels
 * and of one in rows) are written out, and call the JDK's force-inlined methods directly: C2 stops
 * inlining helpers into methods with this many vectors (NodeCountInliningCutoff), and then boxes
 * them. Both factors stand in arrays, since C1 gives a method up ("out of virtual registers")
 * beyond about 48 loads and stores of segments or 80 of arrays, which can leave it uncompiled for
 * good.
 */
public final class Tiles {
  /** 32 vector registers. Only x86 without AVX-512 has 16. */
  private static final boolean MANY_REGISTERS =
      LANES >= 16 || !List.of("amd64", "x86_64").contains(System.getProperty("os.arch"));

  /** Rows of a tile; what is computed of C are multiples of it. */
  public static final int ROWS = 6;

  /** Columns of a tile and of a panel of B, and the panel's stride over k. */
  public static final int WIDTH = 2 * LANES;

  /**
   * Rows in a panel of A. With 32 registers four tiles: their rows of memory are copied whole, and
   * a tile still reads few lines for each k.
   */
  static final int PANEL_ROWS = MANY_REGISTERS ? 4 * ROWS : ROWS;

  /** The stride of A's panels over k: what the transposition writes at once is 8 wide. */
  static final int PANEL_STRIDE = MANY_REGISTERS ? PANEL_ROWS : 8;

  /**
   * From one row of A to the next where it stands in rows, and the most values of k. A constant, so
   * that one index serves all rows of a tile; 101 cache lines, since rows an odd number of lines
   * apart spread over all sets of a cache.
   */
  public static final int ROW_STRIDE = 1616;

  /** Rows of a block: few, so that they can be long. A processor reads ahead in them. */
  public static final int HEIGHT = 2 * ROWS;

  /** Columns of a block, at most, and the stride of its rows in an array: whole panels. */
  public static final int BLOCK = 192;

  /**
   * Columns of a block of a deep product, so that its part of B stays in the second-level cache.
   */
  private static final int DEEP_BLOCK = 64;

  /** From more values of k on a product is deep. */
  private static final int DEEP = 768;

  private Tiles() {}

  /** Returns how many columns the blocks of a product have. */
  static int block(int depth) {
    return depth <= DEEP ? BLOCK : DEEP_BLOCK;
  }

  /** Returns a number of columns rounded up to whole panels. */
  static int wholePanels(int columns) {
    return (columns + WIDTH - 1) / WIDTH * WIDTH;
  }

  /** Returns a number of rows rounded up to whole tiles. */
  static int wholeTiles(int rows) {
    return (rows + ROWS - 1) / ROWS * ROWS;
  }

  /**
   * Computes a block, HEIGHT rows of A by the columns of some panels of B, in memory. Only of a
   * packed factor in rows.
   *
   * @param columns a multiple of WIDTH, at most BLOCK
   * @param packed holds A
   * @param row the first of the rows, counted in {@code packed}
   * @param b holds the panels of B, one behind the other from its element {@code bo}
   * @param start what the chains of every row start from
   * @param c receives the chains, row i from byte {@code to + i·stride}
   */
  public static void multiply(
      int columns,
      PackedA packed,
      int row,
      float[] b,
      int bo,
      float[] start,
      MemorySegment c,
      long to,
      long stride) {
    int depth = packed.depth();
    float[] a = packed.numbers();
    if (MANY_REGISTERS) {
      MicroKernels32.rowsToMemory(columns, depth, a, packed.at(row), b, bo, start, c, to, stride);
      return;
    }
    for (int i = 0; i < HEIGHT; i += ROWS) {
      int ao = packed.at(row + i);
      long at = to + i * stride;
      MicroKernels16.rowsToMemory(columns, depth, a, ao, b, bo, start, c, at, stride);
    }
  }

  /**
   * Computes some rows of a block in an array; whole tiles are written.
   *
   * @param c receives the chains, row i from element {@code to + i·stride}
   * @param rows how many rows are wanted, at most HEIGHT
   * @param columns how many columns are wanted, at most BLOCK
   */
  public static void multiplyInto(
      float[] c,
      int to,
      int stride,
      int rows,
      int columns,
      PackedA packed,
      int row,
      float[] b,
      int bo,
      float[] start) {
    int width = wholePanels(columns);
    int depth = packed.depth();
    float[] a = packed.numbers();
    if (MANY_REGISTERS && rows > ROWS) {
      MicroKernels32.rowsToArray(width, depth, a, packed.at(row), b, bo, start, c, to, stride);
      return;
    }
    for (int i = 0; i < rows; i += ROWS) {
      int ao = packed.at(row + i);
      int at = to + i * stride;
      MicroKernels16.rowsToArray(width, depth, a, ao, b, bo, start, c, at, stride);
    }
  }

  /**
   * Continues the chains of a block of HEIGHT rows in memory, of a packed factor in panels.
   *
   * @param columns a multiple of WIDTH, at most BLOCK
   * @param row the first of the rows, the first of a tile
   * @param c the chains, row i from byte {@code to + i·stride}
   */
  public static void multiplyPanels(
      int columns,
      PackedA packed,
      int row,
      float[] b,
      int bo,
      MemorySegment c,
      long to,
      long stride) {
    int depth = packed.depth();
    float[] a = packed.numbers();
    if (MANY_REGISTERS) {
      MicroKernels32.panelsToMemory(columns, depth, a, packed.at(row), b, bo, c, to, stride);
      return;
    }
    for (int i = 0; i < HEIGHT; i += ROWS) {
      int ao = packed.at(row + i);
      MicroKernels16.panelsToMemory(columns, depth, a, ao, b, bo, c, to + i * stride, stride);
    }
  }

  /**
   * Continues the chains of some rows of a block in an array, of whole tiles.
   *
   * @param rows how many rows are wanted, at most HEIGHT
   * @param columns how many columns are wanted, at most BLOCK
   * @param block the chains, row i from element {@code i·BLOCK}
   */
  public static void multiplyPanels(
      int rows, int columns, PackedA packed, int row, float[] b, int bo, float[] block) {
    int width = wholePanels(columns);
    int depth = packed.depth();
    float[] a = packed.numbers();
    if (MANY_REGISTERS && rows > ROWS) {
      MicroKernels32.panelsToArray(width, depth, a, packed.at(row), b, bo, block, 0);
      return;
    }
    for (int i = 0; i < rows; i += ROWS) {
      MicroKernels16.panelsToArray(width, depth, a, packed.at(row + i), b, bo, block, i * BLOCK);
    }
  }

  /** Returns what calls every micro-kernel, of so many panels of B. */
  public static KernelCase<Object> microKernels(int panels, int depth) {
    int columns = panels * WIDTH;
    return KernelCase.<Object>whole("microKernels", HEIGHT * BLOCK)
        .arrays(
            HEIGHT * ROW_STRIDE,
            Panels.A.floats(HEIGHT, depth),
            columns * depth,
            columns,
            HEIGHT * BLOCK)
        .call(
            (k, x, f, from, to) -> {
              PackedA inRows = PackedA.ofRows(f[0], depth);
              PackedA inPanels = PackedA.ofPanels(f[1], depth);
              multiply(columns, inRows, 0, f[2], 0, f[3], x[0], 0, 4L * BLOCK);
              multiplyPanels(columns, inPanels, 0, f[2], 0, x[0], 0, 4L * BLOCK);
              for (int rows = HEIGHT; rows > 0; rows -= ROWS) {
                multiplyInto(f[4], 0, BLOCK, rows, columns, inRows, 0, f[2], 0, f[3]);
                multiplyPanels(rows, columns, inPanels, 0, f[2], 0, f[4]);
              }
            });
  }
}
