package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.core.VectorMath.LANES;

import io.github.deit4j.cpu.core.KernelCase;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Tiles of C, which stay in registers while k runs: six rows by two vectors, two of them at a time
 * where there are 32 vector registers.
 *
 * <p>A family of micro-kernels is a layout of the packed factors ({@link Panels}, {@link PackedA}),
 * a shape of tile (the constants here) and the kernels, which are called here only. Those of
 * float32, {@link MicroKernels16} and {@link MicroKernels32}, are written by {@code
 * MicroKernelGenerator}, which lies with the tests. Column k of a panel of A stands from {@code ao
 * + k·PANEL_STRIDE}, row i of A in rows from {@code ao + i·ROW_STRIDE}; row k of a panel of B from
 * {@code bo + k·WIDTH}, and panel behind panel. Rows start from the same numbers, {@code start};
 * panels continue what stands in C.
 *
 * <p>Why they are as they are (JDK 25.0.3, GFLOP/s of one core):
 *
 * <ul>
 *   <li>They are written out, and call the JDK's force-inlined methods directly: C2 stops inlining
 *       helpers into methods with this many vectors (NodeCountInliningCutoff), and then boxes them.
 *   <li>C1 gives a method up ("out of virtual registers in LIR generator") beyond about 48 loads
 *       and stores of segments or 80 of arrays, which can leave it uncompiled for good. So both
 *       factors stand in arrays, and {@code MicroKernels32.panelsToMemory} loads and stores half of
 *       its rows in loops of two turns that move the other half along; C2 unrolls them. C is loaded
 *       first: clearing, multiplying and then adding C took 134 vector operations, too many.
 *   <li>In the innermost loop every index moves by a constant: with a stride in a variable C2
 *       checks each access, 10 % of a product. With 16 registers the number of instructions
 *       decides, since a core issues fewer of them while another thread runs on it (SMT): with an
 *       index check for each row (37 instructions for 12 multiply-adds) 88 alone and 50 beside a
 *       neighbour, with constant strides (46 for 24) 97 and 80, the multiply-adds alone 103 and 99.
 *       Rows a constant stride apart spare the transposition (1.03 to 1.06 in deep products), but
 *       are six streams instead of one: products 192 deep gained only when blocks became so low
 *       that their rows of A stay in the first-level cache.
 *   <li>C2 loads several numbers of A before it uses the first. With more than 10 sums, or two
 *       values of k written out, they do not fit 16 registers, and it spills: 35 to 50. {@code
 *       VarHandle.acquireFence()} between the rows keeps the loads where they stand and is no
 *       instruction on x86 (on ARM it is one, but there are 32 registers). Not in tiles of one
 *       vector: there it splits the broadcast from its load, 37 instead of 60.
 *   <li>One call computes several tiles: before a loop C2 checks the first and the last place of
 *       every load in it, some 200 instructions (with the checks of C 4 % of a product 384 deep).
 *       Nested like this it moves those that stay the same out of both loops, of C too if its
 *       places are constants apart: with a stride in a variable it keeps an address for each row
 *       and spills the bases of A and B (85 at best instead of 93; with constants 96). A stride
 *       that is only used behind the loop over k, for stores, costs little. Weight gradients gained
 *       1.02 to 1.06.
 *   <li>A tile goes straight to memory. Stores wait in a queue for their lines, half a line takes
 *       as much room in it (8 lanes on an AVX-512 machine: a training step of DeiT-S 1.26 times as
 *       long), and it has to empty: 96 vectors of a block, copied at once, filled it, and the next
 *       block's start waited. Products that start from one row in registers and store each tile are
 *       1.05 to 1.12 times as fast (Zen 5, forward, batch 8; DeiT-Ti's qkv the most). Chains that
 *       start from a block of their own, 24 loads, cost 4 % of a product 192 deep: so A in rows has
 *       one start for all rows, and what goes on from another pass takes panels, in place: weight
 *       gradients at batch 1, which went through an array, 1.08 to 1.12.
 *   <li>Of shapes for 32 registers (Zen 5, factors in the second-level cache, peak 272) twelve rows
 *       by two vectors reach 256 to 267, six by four 256 to 267, six by two 243 to 263, eight by
 *       three 185 to 211 since C2 spills. Six by four reads twice as much of B and leaves more of a
 *       panel empty where there are 198 columns. A load of what the next block reads in each turn
 *       brought nothing: the window fills while it waits.
 * </ul>
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
   * Rows in a panel of A. With 32 registers four tiles, three vectors without anything padded: rows
   * of memory are copied whole, and the micro-kernel reads one stream instead of two (alone 0.96 of
   * the peak instead of 0.93, weight gradients at batch 8 1.00 to 1.06 times as fast).
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

  /**
   * Columns of a block, at most, and the stride of its rows in an array: whole panels. Forward
   * products were 1.01 to 1.03, attention 1.06 times as fast as with 64 columns.
   */
  public static final int BLOCK = 192;

  /**
   * Columns of a block of a deep product, so that its part of B stays in the second-level cache:
   * with more it lost 2 to 3 %.
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
    if (packed.factors() == Factors.PAIRS) {
      Bf16Tiles.multiply(columns, packed, row, b, bo, start, c, to, stride);
      return;
    }
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
    if (packed.factors() == Factors.PAIRS) {
      Bf16Tiles.multiplyInto(c, to, stride, rows, width, packed, row, b, bo, start);
      return;
    }
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
    if (packed.factors() == Factors.PAIRS) {
      Bf16Tiles.multiplyPanels(columns, packed, row, b, bo, c, to, stride);
      return;
    }
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
    if (packed.factors() == Factors.PAIRS) {
      Bf16Tiles.multiplyPanels(rows, width, packed, row, b, bo, block);
      return;
    }
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
              PackedA inRows = PackedA.ofRows(Factors.FLOAT32, f[0], depth);
              PackedA inPanels = PackedA.ofPanels(Factors.FLOAT32, f[1], depth);
              multiply(columns, inRows, 0, f[2], 0, f[3], x[0], 0, 4L * BLOCK);
              multiplyPanels(columns, inPanels, 0, f[2], 0, x[0], 0, 4L * BLOCK);
              for (int rows = HEIGHT; rows > 0; rows -= ROWS) {
                multiplyInto(f[4], 0, BLOCK, rows, columns, inRows, 0, f[2], 0, f[3]);
                multiplyPanels(rows, columns, inPanels, 0, f[2], 0, f[4]);
              }
            });
  }
}
