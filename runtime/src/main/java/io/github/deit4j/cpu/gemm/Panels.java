package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.core.VectorMath.LANES;
import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.core.VectorMath;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Lays a factor of a matrix product out in an array, in the order in which the micro-kernels of
 * {@link Tiles} read it: panels of some columns, each {@code [depth][width]}. What stands in
 * columns that a panel or the factor does not have is of no meaning.
 *
 * @param columns columns of the factor that a panel holds
 * @param width floats in a row of a panel: a multiple of 8
 */
public record Panels(int columns, int width) {
  /** Those of B's columns. */
  public static final Panels B = new Panels(Tiles.WIDTH, Tiles.WIDTH);

  /** Those of A's rows, that is of its transpose's columns. */
  public static final Panels A = new Panels(Tiles.PANEL_ROWS, Tiles.PANEL_STRIDE);

  private static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;
  private static final int BLOCK = 8;

  /** Returns the floats that a factor of so many columns takes, {@code depth} deep. */
  public int floats(int count, int depth) {
    return Math.multiplyExact(panels(count) * width, depth);
  }

  /** Returns what stands behind the last value of an odd number of k in {@link Pairs}. */
  int pad() {
    return equals(B) ? Pairs.PAD_OF_B : Pairs.PAD_OF_A;
  }

  /** Returns the number of panels of a factor of so many columns. */
  int panels(int count) {
    return (count + columns - 1) / columns;
  }

  /** Returns where a column stands in panels of {@code depth} rows, in row 0. */
  int at(int column, int depth) {
    return column / columns * width * depth + column % columns;
  }

  /**
   * Packs the transpose of some rows of A, of their columns {@code k0} to {@code k0 + depth}. A's
   * rows are contiguous.
   *
   * @param to where the first panel starts
   */
  void packRows(
      Matrix a, int row, int rows, int k0, int depth, float[] packed, int to, Scratch scratch) {
    for (int i = 0; i < rows; i += columns) {
      int panel = to + i / columns * width * depth;
      int end = Math.min(rows, i + columns);
      for (int j = i; j < end; j += BLOCK) {
        if (row + j + BLOCK <= a.rows()) {
          Transposition.eightRows(a, row + j, k0, depth, packed, panel + j - i, width);
        } else {
          float[] copy = scratch.array(Slot.ROWS, BLOCK * depth);
          copyRows(a, row + j, end - j, k0, depth, copy, 0, depth);
          Transposition.eightRows(copy, 0, depth, depth, packed, panel + j - i, width);
        }
      }
    }
  }

  /**
   * Packs the transpose of the rows of an array.
   *
   * @param a rows, {@code stride} apart from element {@code at}, as many as {@link #paddedRows}
   *     says
   * @param to where the first panel starts
   */
  void packRows(float[] a, int at, int stride, int rows, int depth, float[] packed, int to) {
    for (int i = 0; i < rows; i += columns) {
      int panel = to + i / columns * width * depth;
      int end = Math.min(rows, i + columns);
      for (int j = i; j < end; j += BLOCK) {
        int row = at + j * stride;
        Transposition.eightRows(a, row, stride, depth, packed, panel + j - i, width);
      }
    }
  }

  /** Returns how many rows an array must hold so that {@code rows} of them can be packed. */
  public int paddedRows(int rows) {
    return (panels(rows) - 1) * columns + width;
  }

  /**
   * Packs {@code depth} rows of an array, {@code stride} apart. Behind the last row stand eight
   * more numbers.
   */
  void pack(float[] b, int at, int stride, int count, int depth, float[] packed) {
    for (int column = 0; column < count; column += columns) {
      int from = at + column;
      int to = at(column, depth);
      boolean whole = column + columns <= count;
      if (whole && columns == Tiles.WIDTH) {
        PanelCopies.tileWide(b, from, stride, depth, packed, to);
      } else if (whole && columns == 3 * BLOCK) {
        PanelCopies.three(b, from, stride, depth, packed, to);
      } else {
        int rest = Math.min(columns, count - column);
        PanelCopies.strips(b, from, stride, rest, depth, packed, to, width);
      }
    }
  }

  /**
   * Packs some rows of B, whose rows are contiguous: whole panels, also of the columns behind B's
   * last, where except at the end of the memory there is something.
   *
   * @param k0 the row of B that is the first of the panels
   * @param depth rows of the panels
   * @param from the first row to pack, counted in the panels
   * @param end behind the last
   * @param to where the first panel starts
   */
  void pack(Matrix b, int k0, int depth, int from, int end, float[] packed, int to) {
    int whole = Math.clamp(wholeRows(b) - k0, from, end);
    int count = panels(b.columns());
    int size = depth * width;
    int copied = copyPanels(b, k0 + from, whole - from, packed, to + from * width, size);
    for (int panel = copied; panel < count; panel++) {
      for (int k = from; k < whole; k++) {
        copyRow(b, k0 + k, panel * columns, packed, to + panel * size + k * width);
      }
    }
    for (int k = whole; k < end; k++) {
      for (int panel = 0; panel < count; panel++) {
        copyRow(b, k0 + k, panel * columns, packed, to + panel * size + k * width);
      }
    }
  }

  /**
   * Copies some rows to the panels for which there are loops.
   *
   * @param to where the first of the rows stands in the first panel
   * @param size floats from one panel to the next
   * @return how many panels these are, from the first
   */
  private int copyPanels(Matrix b, int row, int rows, float[] packed, int to, int size) {
    int count = panels(b.columns());
    int panel = 0;
    if (columns == Tiles.WIDTH) {
      for (; panel + PanelCopies.TILE_WIDE <= count; panel += PanelCopies.TILE_WIDE) {
        int at = to + panel * size;
        PanelCopies.manyTileWide(b, row, panel * columns, rows, packed, at, size);
      }
      for (; panel < count; panel++) {
        PanelCopies.tileWide(b, row, panel * columns, rows, packed, to + panel * size);
      }
    } else if (columns == 3 * BLOCK) {
      for (; panel + PanelCopies.THREE <= count; panel += PanelCopies.THREE) {
        int at = to + panel * size;
        PanelCopies.manyThree(b, row, panel * columns, rows, packed, at, size);
      }
      for (; panel < count; panel++) {
        PanelCopies.three(b, row, panel * columns, rows, packed, to + panel * size);
      }
    } else {
      for (; panel + PanelCopies.NARROW <= count; panel += PanelCopies.NARROW) {
        int at = to + panel * size;
        PanelCopies.manyNarrow(b, row, panel * columns, columns, rows, packed, at, size);
      }
    }
    return panel;
  }

  /** Returns of how many rows of B every panel's columns can be read, beginning with the first. */
  private int wholeRows(Matrix b) {
    int last = (panels(b.columns()) - 1) * columns;
    long behindFirst = b.memory().byteSize() - b.byteOffset(0, last) - 4L * width;
    if (behindFirst < 0) {
      return 0;
    }
    long stride = 4 * b.rowStride();
    return stride == 0 ? b.rows() : (int) Math.min(b.rows(), behindFirst / stride + 1);
  }

  /** Copies as much of one row of a panel as there is memory. */
  private void copyRow(Matrix b, int row, int column, float[] packed, int to) {
    MemorySegment memory = NATIVE.cast(b.memory());
    long at = b.byteOffset(row, column);
    int count =
        at + 4L * width <= memory.byteSize() ? width : Math.min(columns, b.columns() - column);
    int whole = EIGHT.loopBound(count);
    for (int j = 0; j < whole; j += BLOCK) {
      VectorMath.eight(memory, at + 4L * j).intoArray(packed, to + j);
    }
    for (int j = whole; j < count; j++) {
      packed[to + j] = memory.get(JAVA_FLOAT, at + 4L * j);
    }
  }

  /**
   * Copies some rows of A, of their columns {@code k0} to {@code k0 + depth}, {@code stride} apart.
   * Not a bulk copy: that would show C2 other segments than native ones in the JDK's methods.
   */
  static void copyRows(
      Matrix a, int row, int rows, int k0, int depth, float[] copy, int at, int stride) {
    MemorySegment memory = NATIVE.cast(a.memory());
    if (depth % Blocks.CHUNK == 0) {
      for (int i = 0; i < rows; i++) {
        long from = a.byteOffset(row + i, k0);
        int to = at + i * stride;
        for (int k = to; k < to + depth; k += Blocks.CHUNK) {
          for (int j = 0; j < Blocks.CHUNK; j += LANES) {
            VectorMath.wide(memory, from + 4L * j).intoArray(copy, k + j);
          }
          from += 4L * Blocks.CHUNK;
        }
      }
      return;
    }
    int whole = VectorMath.WIDE.loopBound(depth);
    for (int i = 0; i < rows; i++) {
      long from = a.byteOffset(row + i, k0);
      int to = at + i * stride;
      for (int k = 0; k < whole; k += LANES) {
        VectorMath.wide(memory, from + 4L * k).intoArray(copy, to + k);
      }
      for (int k = whole; k < depth; k++) {
        copy[to + k] = memory.get(JAVA_FLOAT, from + 4L * k);
      }
    }
  }
}
