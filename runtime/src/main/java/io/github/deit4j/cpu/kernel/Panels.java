package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.Tiles.WIDTH;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.kernel.Scratch.Slot;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Lays a factor of a matrix product out in an array, in the order in which the micro-kernels of
 * {@link Tiles} read it: panels of some columns, each {@code [depth][WIDTH]}. What stands in
 * columns that a panel or the factor does not have is of no meaning.
 *
 * @param columns columns of a panel
 */
record Panels(int columns) {
  /** Those of the right factor's columns. */
  static final Panels RIGHT = new Panels(WIDTH);

  /** Those of the left factor's rows, that is of its transpose's columns. */
  static final Panels LEFT = new Panels(Tiles.HEIGHT);

  private static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;
  private static final int BLOCK = 8;
  private static final int ROWS_OF_TASK = 64;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;
  private static final int GROUP = FOUR.length();

  // A transposition exchanges elements whose numbers differ in one bit, bit after bit.
  private static final VectorShuffle<Float> XOR_2 = VectorShuffle.fromOp(FOUR, lane -> lane ^ 2);
  private static final VectorMask<Float> WITH_2 = VectorMask.fromLong(FOUR, 0b1100);
  private static final VectorMask<Float> WITH_1 = VectorMask.fromLong(FOUR, 0b1010);

  /** Returns the floats that a factor of so many columns takes, {@code depth} deep. */
  int floats(int count, int depth) {
    return Math.multiplyExact(panels(count) * WIDTH, depth);
  }

  /** Returns the number of panels of a factor of so many columns. */
  int panels(int count) {
    return (count + columns - 1) / columns;
  }

  /** Returns where a column stands in panels of {@code depth} rows, in row 0. */
  int at(int column, int depth) {
    return column / columns * WIDTH * depth + column % columns;
  }

  /**
   * Packs rows {@code k0} to {@code k0 + depth} of B.
   *
   * @param to where the first panel starts
   */
  void pack(Workers workers, Matrix b, int k0, int depth, float[] packed, int to) {
    if (b.columnStride() == 1) {
      // Whole rows, so that memory is read in the order in which it lies.
      workers.runRanges(
          depth,
          ROWS_OF_TASK,
          (from, end) -> copyRows(b, k0, depth, (int) from, (int) end, packed, to));
    } else {
      requireUnitStride(b.rowStride());
      Matrix rows = b.transpose();
      workers.run(
          panels(b.columns()),
          (panel, scratch) -> {
            int row = panel * columns;
            int count = Math.min(columns, rows.rows() - row);
            packRows(rows, row, count, k0, depth, packed, to + panel * WIDTH * depth, scratch);
          });
    }
  }

  /**
   * Packs the transpose of some rows of A, of their columns {@code k0} to {@code k0 + depth}. A's
   * rows are contiguous.
   *
   * @param to where the first panel starts
   */
  void packRows(
      Matrix a, int row, int rows, int k0, int depth, float[] packed, int to, Scratch scratch) {
    float[] copy = scratch.array(Slot.ROWS, WIDTH * depth);
    for (int i = 0; i < rows; i += columns) {
      int count = Math.min(columns, rows - i);
      a.load(copy, depth, row + i, k0, count, depth);
      Arrays.fill(copy, count * depth, WIDTH * depth, 0f);
      transpose(copy, 0, depth, count, depth, packed, to + i / columns * WIDTH * depth);
    }
  }

  /**
   * Packs the transpose of the rows of an array, {@code stride} apart. It has as many as {@link
   * #paddedRows} says.
   */
  void packRows(float[] a, int stride, int rows, int depth, float[] packed) {
    for (int i = 0; i < rows; i += columns) {
      int count = Math.min(columns, rows - i);
      transpose(a, i * stride, stride, count, depth, packed, i / columns * WIDTH * depth);
    }
  }

  /** Returns how many rows an array must hold so that {@code rows} of them can be packed. */
  int paddedRows(int rows) {
    return panels(rows) * WIDTH;
  }

  /**
   * Packs {@code depth} rows of an array, {@code stride} apart. Behind the last row stand eight
   * more numbers.
   */
  void pack(float[] b, int stride, int count, int depth, float[] packed) {
    for (int column = 0; column < count; column += columns) {
      int whole = wholeBlocks(Math.min(columns, count - column));
      for (int j = 0; j < whole; j += BLOCK) {
        int from = column + j;
        int to = at(column, depth) + j;
        for (int k = 0; k < depth; k++) {
          FloatVector.fromArray(EIGHT, b, from).intoArray(packed, to);
          from += stride;
          to += WIDTH;
        }
      }
    }
  }

  private static int wholeBlocks(int count) {
    return (count + BLOCK - 1) / BLOCK * BLOCK;
  }

  private void copyRows(Matrix b, int k0, int depth, int from, int end, float[] packed, int to) {
    int count = b.columns();
    for (int k = from; k < end; k++) {
      long at = b.byteOffset(k0 + k, 0);
      int target = to + k * WIDTH;
      int j = 0;
      for (; j <= count - WIDTH; j += columns) {
        copyFull(b.memory(), at + 4L * j, packed, target);
        target += depth * WIDTH;
      }
      for (; j < count; j += columns) {
        copyPart(b.memory(), at + 4L * j, Math.min(columns, count - j), packed, target);
        target += depth * WIDTH;
      }
    }
  }

  private void copyFull(MemorySegment from, long at, float[] packed, int to) {
    for (int j = 0; j < WIDTH; j += BLOCK) {
      FloatVector.fromMemorySegment(EIGHT, from, at + 4L * j, ORDER).intoArray(packed, to + j);
    }
  }

  /** Eight at a time, since the rows of convolutional networks are multiples of that. */
  private void copyPart(MemorySegment from, long at, int count, float[] packed, int to) {
    int whole = count / BLOCK * BLOCK;
    for (int j = 0; j < whole; j += BLOCK) {
      FloatVector.fromMemorySegment(EIGHT, from, at + 4L * j, ORDER).intoArray(packed, to + j);
    }
    for (int j = whole; j < count; j++) {
      packed[to + j] = from.get(JAVA_FLOAT, at + 4L * j);
    }
    Arrays.fill(packed, to + count, to + WIDTH, 0f);
  }

  /** Makes a panel of rows of an array, of as many as are whole groups of four. */
  private void transpose(
      float[] a, int at, int stride, int rows, int depth, float[] packed, int to) {
    if (rows <= WIDTH - GROUP) {
      Arrays.fill(packed, to, to + depth * WIDTH, 0f);
    }
    for (int i = 0; i < rows; i += GROUP) {
      transposeFour(a, at + i * stride, stride, depth, packed, to + i);
    }
  }

  /** Transposes four rows, four k at a time. */
  private void transposeFour(float[] a, int at, int stride, int depth, float[] packed, int to) {
    int whole = FOUR.loopBound(depth);
    int target = to;
    for (int k = at; k < at + whole; k += GROUP) {
      FloatVector r0 = FloatVector.fromArray(FOUR, a, k);
      FloatVector r1 = FloatVector.fromArray(FOUR, a, k + stride);
      FloatVector r2 = FloatVector.fromArray(FOUR, a, k + 2 * stride);
      FloatVector r3 = FloatVector.fromArray(FOUR, a, k + 3 * stride);
      FloatVector s0 = r0.blend(r2.rearrange(XOR_2), WITH_2);
      FloatVector s1 = r1.blend(r3.rearrange(XOR_2), WITH_2);
      FloatVector s2 = r0.rearrange(XOR_2).blend(r2, WITH_2);
      FloatVector s3 = r1.rearrange(XOR_2).blend(r3, WITH_2);
      s0.blend(up(s1), WITH_1).intoArray(packed, target);
      down(s0).blend(s1, WITH_1).intoArray(packed, target + WIDTH);
      s2.blend(up(s3), WITH_1).intoArray(packed, target + 2 * WIDTH);
      down(s2).blend(s3, WITH_1).intoArray(packed, target + 3 * WIDTH);
      target += GROUP * WIDTH;
    }
    for (int k = whole; k < depth; k++) {
      for (int i = 0; i < GROUP; i++) {
        packed[to + k * WIDTH + i] = a[at + i * stride + k];
      }
    }
  }

  /** Moves each pair's first element to its second place: one instruction, a shuffle takes two. */
  private static FloatVector up(FloatVector x) {
    return x.reinterpretAsLongs().lanewise(VectorOperators.LSHL, 32).reinterpretAsFloats();
  }

  private static FloatVector down(FloatVector x) {
    return x.reinterpretAsLongs().lanewise(VectorOperators.LSHR, 32).reinterpretAsFloats();
  }

  private static void requireUnitStride(long stride) {
    if (stride != 1) {
      throw new IllegalArgumentException(
          "matrix product: expected a factor with a row or column stride of 1, found " + stride);
    }
  }
}
