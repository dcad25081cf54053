package io.github.deit4j.cpu.gemm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes the micro-kernels of {@code Tiles}, whose lines repeat each other; in the root folder:
 *
 * <pre>java runtime/src/test/java/io/github/deit4j/cpu/gemm/MicroKernelGenerator.java</pre>
 *
 * <p>A kernel is a shape of tile, a layout of A and a place of C. All multiply by two vectors of a
 * panel of B for each k. {@code MicroKernelsTest} fails where a file is not what this makes.
 */
final class MicroKernelGenerator {
  static final List<Tile> TILES = List.of(new Tile(16, 6, false), new Tile(32, 12, true));

  private static final String FOLDER = "runtime/src/main/java/io/github/deit4j/cpu/gemm";

  private static final String HEAD =
      """
      // Written by MicroKernelGenerator, where the command is. Not to be edited.
      package io.github.deit4j.cpu.gemm;

      import static io.github.deit4j.cpu.core.VectorMath.*;
      import static io.github.deit4j.cpu.gemm.Tiles.*;
      import static java.lang.invoke.VarHandle.acquireFence;
      import static jdk.incubator.vector.FloatVector.*;

      import java.lang.foreign.MemorySegment;
      import java.nio.ByteOrder;
      import jdk.incubator.vector.FloatVector;

      /**
       * The micro-kernels for %d vector registers. Each continues the chains of a tile, %d rows by two
       * vectors of C, then of those beside it: as many as {@code columns}, a multiple of WIDTH, has.
       * {@link Tiles} says where the numbers stand, and why the kernels are written like this.
       */
      final class %s {
        private static final ByteOrder ORDER = ByteOrder.nativeOrder();

        private %3$s() {}
      """;

  /**
   * A class of kernels.
   *
   * @param registers vector registers that it needs
   * @param rows of a tile, which is two vectors wide
   * @param spare whether registers are left for numbers of A that C2 loads ahead. Where they are
   *     not, fences hold the loads back, and several values of k a turn save instructions
   */
  record Tile(int registers, int rows, boolean spare) {
    String type() {
      return "MicroKernels" + registers;
    }
  }

  private static final String FMA = "c%4$s0 = x.fma(b0, c%4$s0); c%4$s1 = x.fma(b1, c%4$s1);";

  private final StringBuilder text = new StringBuilder();
  private final Tile tile;
  private final boolean inRows;
  private final boolean toMemory;

  private MicroKernelGenerator(Tile tile, boolean inRows, boolean toMemory) {
    this.tile = tile;
    this.inRows = inRows;
    this.toMemory = toMemory;
  }

  /** Writes all files. */
  public static void main(String[] args) throws IOException {
    for (Tile tile : TILES) {
      Files.writeString(Path.of(FOLDER, tile.type() + ".java"), source(tile));
    }
  }

  /** Returns what a class's file has to hold. */
  static String source(Tile tile) {
    StringBuilder all = new StringBuilder(HEAD.formatted(tile.registers, tile.rows, tile.type()));
    for (boolean inRows : new boolean[] {true, false}) {
      for (boolean toMemory : new boolean[] {true, false}) {
        var kernel = new MicroKernelGenerator(tile, inRows, toMemory);
        kernel.write();
        all.append('\n').append(kernel.text.toString().indent(2));
      }
    }
    return all.append("}\n").toString();
  }

  private void line(String format, Object... arguments) {
    text.append(format.formatted(arguments)).append('\n');
  }

  private void write() {
    // C has BLOCK columns where its chains go on in an array: that stride is a constant.
    boolean inBlock = !inRows && !toMemory;
    boolean inHalves = !inRows && toMemory && tile.rows > 6;
    String c =
        toMemory ? "MemorySegment memory, long co, long stride" : "float[] c, int co, int stride";
    String to = inBlock ? "at" : "to";
    String stride = inBlock ? "BLOCK" : "stride";
    line("static void %sTo%s(", inRows ? "rows" : "panels", toMemory ? "Memory" : "Array");
    line("    int columns, int depth, float[] a, int ao, float[] b, int bo,");
    line("    %s%s) {", inRows ? "float[] start, " : "", inBlock ? "float[] c, int co" : c);
    if (toMemory) {
      line("  MemorySegment c = NATIVE.cast(memory);");
    }
    if (!tile.spare) {
      line(inRows ? "  int fours = ao + (depth & ~3);" : "  int pairs = depth & ~1;");
    }
    if (inRows) {
      line("  int end = ao + depth;");
    }
    line("  int panel = depth * WIDTH;");
    line("  int toB = bo%s;", inRows ? " - ao * WIDTH" : "");
    line(inBlock ? "  int last = co + columns;" : "  %s to = co;", toMemory ? "long" : "int");
    line(
        "  for (int at = %s; at < %s; at += WIDTH) {",
        inBlock ? "co" : "0", inBlock ? "last" : "columns");
    if (inRows) {
      start();
      multiplyRows();
    } else if (inHalves) {
      loadHalves();
      multiplyPanels();
    } else {
      each("    FloatVector c%s = " + load() + ";", tile.rows, to, stride);
      multiplyPanels();
    }
    if (inHalves) {
      storeHalves();
    } else {
      each("    ((FloatVector) WIDE_TYPE.cast(c%s))." + store() + ";", tile.rows, to, stride);
    }
    if (!inBlock) {
      line("    to += %sWIDTH;", toMemory ? "4L * " : "");
    }
    line("    toB += panel;");
    line("  }");
    line("}");
  }

  private String load() {
    return toMemory ? "fromMemorySegment(WIDE, c, %s, ORDER)" : "fromArray(WIDE, c, %s)";
  }

  private String store() {
    return toMemory ? "intoMemorySegment(c, %s, ORDER)" : "intoArray(c, %s)";
  }

  /** Writes a line for each vector of some rows: its name, and where it stands in C. */
  private void each(String format, int rows, String to, String stride) {
    for (int i = 0; i < rows; i++) {
      String row = to + plus(times(i, stride));
      line(format, i(i) + "0", row);
      line(format, i(i) + "1", row + (toMemory ? " + 4L * LANES" : " + LANES"));
    }
  }

  /** All rows start alike. */
  private void start() {
    line("    FloatVector c00 = fromArray(WIDE, start, at);");
    line("    FloatVector c01 = fromArray(WIDE, start, at + LANES);");
    for (int i = 1; i < tile.rows; i++) {
      line("    FloatVector c%s0 = c00, c%1$s1 = c01;", i(i));
    }
  }

  /**
   * Of more than 48 loads and stores of segments C1 gives up: so there are half as many, in loops
   * of two turns that move the other half along. C2 unrolls them.
   */
  private void loadHalves() {
    int half = tile.rows / 2;
    for (int i = 0; i < half; i++) {
      line("    FloatVector c%s0 = zero(WIDE), c%1$s1 = zero(WIDE);", i(i));
    }
    for (int i = 0; i < half; i++) {
      line("    FloatVector c%s0 = c%s0, c%1$s1 = c%2$s1;", i(half + i), i(i));
    }
    line("    long row = to + %d * stride;", half);
    line("    for (int half = 0; half < 2; half++) {");
    for (int i = 0; i < half; i++) {
      line("      c%s0 = c%s0; c%1$s1 = c%2$s1;", i(half + i), i(i));
    }
    each("      c%s = " + load() + ";", half, "row", "stride");
    line("      row -= %d * stride;", half);
    line("    }");
  }

  private void storeHalves() {
    int half = tile.rows / 2;
    line("    row = to;");
    line("    for (int half = 0; half < 2; half++) {");
    each("      ((FloatVector) WIDE_TYPE.cast(c%s))." + store() + ";", half, "row", "stride");
    for (int i = 0; i < half; i++) {
      line("      c%s0 = c%s0; c%1$s1 = c%2$s1;", i(i), i(half + i));
    }
    line("      row += %d * stride;", half);
    line("    }");
  }

  /** Counts the index of A. Four values of k a turn: each has to compute B's place anew. */
  private void multiplyRows() {
    if (tile.spare) {
      line("    for (int ka = ao; ka < end; ka++) {");
    } else {
      line("    int ka = ao;");
      line("    for (; ka < fours; ka += 4) {");
      line("      int kb = ka * WIDTH + toB;");
      multiply(4);
      line("    }");
      line("    for (; ka < end; ka++) {");
    }
    line("      int kb = ka * WIDTH + toB;");
    multiply(1);
    line("    }");
  }

  /** Counts k. Two values a turn, since the loop's own instructions count. */
  private void multiplyPanels() {
    line("    for (int k = 0; k < %s) {", tile.spare ? "depth; k++" : "pairs; k += 2");
    line("      int ka = ao + k * PANEL_STRIDE;");
    line("      int kb = toB + k * WIDTH;");
    multiply(tile.spare ? 1 : 2);
    line("    }");
    if (!tile.spare) {
      line("    if (depth %% 2 == 1) {");
      line("      int ka = ao + pairs * PANEL_STRIDE;");
      line("      int kb = toB + pairs * WIDTH;");
      multiply(1);
      line("    }");
    }
  }

  /** The multiply-adds of some values of k. */
  private void multiply(int values) {
    for (int k = 0; k < values; k++) {
      String kb = "kb" + plus(times(k, "WIDTH"));
      String type = k == 0 ? "FloatVector " : "";
      line("      %sb0 = fromArray(WIDE, b, %s);", type, kb);
      line("      %sb1 = fromArray(WIDE, b, %s + LANES);", type, kb);
      for (int i = 0; i < tile.rows; i++) {
        String row = inRows ? times(i, "ROW_STRIDE") : times(k, "PANEL_STRIDE");
        String ka = "ka" + plus(row) + plus(times(inRows ? k : i, ""));
        boolean last = k == values - 1 && i == tile.rows - 1;
        String x = k + i == 0 ? type : "";
        String end = tile.spare ? " " : "\n      ";
        String fence = tile.spare || last ? "" : " acquireFence();";
        line("      %sx = broadcast(WIDE, a[%s]);%s" + FMA + "%5$s", x, ka, end, i(i), fence);
      }
    }
  }

  /** Returns a row's number in names of vectors. */
  private static String i(int row) {
    return Integer.toHexString(row);
  }

  private static String times(int count, String unit) {
    if (count == 0) {
      return "";
    }
    return unit.isEmpty() ? "" + count : count == 1 ? unit : count + " * " + unit;
  }

  private static String plus(String addend) {
    return addend.isEmpty() ? "" : " + " + addend;
  }
}
