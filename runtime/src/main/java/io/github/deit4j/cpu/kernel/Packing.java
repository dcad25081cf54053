package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Lays the factors of a matrix product out in arrays, in the order in which the micro-kernels of
 * {@link Tiles} read them.
 */
final class Packing {
  private static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;
  private static final int BLOCK = 8;
  private static final int WIDTH = Tiles.WIDTH;
  private static final int ROWS_OF_TASK = 64;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  // A transposition exchanges elements whose numbers differ in one bit, bit after bit.
  private static final VectorShuffle<Float> XOR_4 = exchanged(4);
  private static final VectorShuffle<Float> XOR_2 = exchanged(2);
  private static final VectorShuffle<Float> XOR_1 = exchanged(1);
  private static final VectorMask<Float> WITH_4 = VectorMask.fromLong(EIGHT, 0b11110000);
  private static final VectorMask<Float> WITH_2 = VectorMask.fromLong(EIGHT, 0b11001100);
  private static final VectorMask<Float> WITH_1 = VectorMask.fromLong(EIGHT, 0b10101010);
  private static final VectorMask<Float> WITHOUT_4 = WITH_4.not();
  private static final VectorMask<Float> WITHOUT_2 = WITH_2.not();
  private static final VectorMask<Float> WITHOUT_1 = WITH_1.not();

  private Packing() {}

  private static VectorShuffle<Float> exchanged(int bit) {
    return VectorShuffle.fromOp(EIGHT, lane -> lane ^ bit);
  }

  /** Returns the floats that a factor of so many columns takes, {@code depth} deep. */
  static int floats(int columns, int depth) {
    return Math.multiplyExact(panels(columns) * WIDTH, depth);
  }

  /** Returns the number of panels of a factor of so many columns. */
  static int panels(int columns) {
    return (columns + WIDTH - 1) / WIDTH;
  }

  /**
   * Packs rows {@code k0} to {@code k0 + depth} of B in panels of WIDTH columns, each {@code
   * [depth][WIDTH]}, zeros where B has no such column.
   *
   * @param to where the first panel starts
   */
  static void panels(Workers workers, Matrix b, int k0, int depth, float[] packed, int to) {
    if (b.columnStride() == 1) {
      // Whole rows, so that memory is read in the order in which it lies.
      workers.runRanges(
          depth,
          ROWS_OF_TASK,
          (from, end) -> copyRows(b, k0, depth, (int) from, (int) end, packed, to));
    } else {
      requireUnitStride(b.rowStride());
      int panelFloats = depth * WIDTH;
      workers.run(
          panels(b.columns()),
          (panel, scratch) ->
              transpose(b, k0, depth, panel * WIDTH, packed, to + panel * panelFloats));
    }
  }

  /** Returns where a column stands in panels of {@code depth} rows, in row 0. */
  static int at(int column, int depth) {
    return column / WIDTH * WIDTH * depth + column % WIDTH;
  }

  /** Packs {@code depth} rows of an array, {@code stride} apart, in panels of WIDTH columns. */
  static void panels(float[] b, int stride, int columns, int depth, float[] packed) {
    for (int j = 0; j < columns; j += BLOCK) {
      int from = j;
      int to = at(j, depth);
      // Whole blocks: strides are multiples of 16, and panels are whole.
      for (int k = 0; k < depth; k++) {
        FloatVector.fromArray(EIGHT, b, from).intoArray(packed, to);
        from += stride;
        to += WIDTH;
      }
    }
  }

  private static void copyRows(
      Matrix b, int k0, int depth, int from, int end, float[] packed, int to) {
    int width = b.columns() / WIDTH * WIDTH;
    int rest = b.columns() - width;
    for (int k = from; k < end; k++) {
      long at = b.byteOffset(k0 + k, 0);
      int target = to + k * WIDTH;
      for (int j = 0; j < width; j += WIDTH) {
        copyFull(b.memory(), at + 4L * j, packed, target);
        target += depth * WIDTH;
      }
      if (rest > 0) {
        copyPart(b.memory(), at + 4L * width, rest, packed, target);
      }
    }
  }

  /** Copies WIDTH numbers, a constant, so that the loop is unrolled. */
  private static void copyFull(MemorySegment from, long at, float[] packed, int to) {
    for (int j = 0; j < WIDTH; j += BLOCK) {
      FloatVector.fromMemorySegment(EIGHT, from, at + 4L * j, ORDER).intoArray(packed, to + j);
    }
  }

  /** Eight at a time, since the rows of convolutional networks are multiples of that. */
  private static void copyPart(MemorySegment from, long at, int count, float[] packed, int to) {
    int whole = count / BLOCK * BLOCK;
    for (int j = 0; j < whole; j += BLOCK) {
      FloatVector.fromMemorySegment(EIGHT, from, at + 4L * j, ORDER).intoArray(packed, to + j);
    }
    int j = whole;
    for (; j < count; j++) {
      packed[to + j] = from.get(JAVA_FLOAT, at + 4L * j);
    }
    for (; j < WIDTH; j++) {
      packed[to + j] = 0;
    }
  }

  /** Transposes eight columns by eight k at a time, and what is left one by one. */
  private static void transpose(Matrix b, int k0, int depth, int column, float[] packed, int to) {
    int width = Math.min(WIDTH, b.columns() - column);
    if (width < WIDTH) {
      Arrays.fill(packed, to, to + depth * WIDTH, 0f);
    }
    int fullWidth = width / BLOCK * BLOCK;
    int fullDepth = depth / BLOCK * BLOCK;
    long stride = 4 * b.columnStride();
    for (int j = 0; j < fullWidth; j += BLOCK) {
      long at = b.byteOffset(k0, column + j);
      for (int k = 0; k < fullDepth; k += BLOCK) {
        transposeBlock(b.memory(), at + 4L * k, stride, packed, to + k * WIDTH + j);
      }
    }
    for (int j = 0; j < width; j++) {
      for (int k = j < fullWidth ? fullDepth : 0; k < depth; k++) {
        packed[to + k * WIDTH + j] = b.memory().get(JAVA_FLOAT, b.byteOffset(k0 + k, column + j));
      }
    }
  }

  /**
   * Transposes eight by eight numbers; written out like the micro-kernels, and for their reason.
   */
  private static void transposeBlock(
      MemorySegment from, long at, long stride, float[] packed, int to) {
    FloatVector r0 = FloatVector.fromMemorySegment(EIGHT, from, at, ORDER);
    FloatVector r1 = FloatVector.fromMemorySegment(EIGHT, from, at + stride, ORDER);
    FloatVector r2 = FloatVector.fromMemorySegment(EIGHT, from, at + 2 * stride, ORDER);
    FloatVector r3 = FloatVector.fromMemorySegment(EIGHT, from, at + 3 * stride, ORDER);
    FloatVector r4 = FloatVector.fromMemorySegment(EIGHT, from, at + 4 * stride, ORDER);
    FloatVector r5 = FloatVector.fromMemorySegment(EIGHT, from, at + 5 * stride, ORDER);
    FloatVector r6 = FloatVector.fromMemorySegment(EIGHT, from, at + 6 * stride, ORDER);
    FloatVector r7 = FloatVector.fromMemorySegment(EIGHT, from, at + 7 * stride, ORDER);
    FloatVector s0 = r0.blend(r4.rearrange(XOR_4), WITH_4);
    FloatVector s4 = r4.blend(r0.rearrange(XOR_4), WITHOUT_4);
    FloatVector s1 = r1.blend(r5.rearrange(XOR_4), WITH_4);
    FloatVector s5 = r5.blend(r1.rearrange(XOR_4), WITHOUT_4);
    FloatVector s2 = r2.blend(r6.rearrange(XOR_4), WITH_4);
    FloatVector s6 = r6.blend(r2.rearrange(XOR_4), WITHOUT_4);
    FloatVector s3 = r3.blend(r7.rearrange(XOR_4), WITH_4);
    FloatVector s7 = r7.blend(r3.rearrange(XOR_4), WITHOUT_4);
    r0 = s0.blend(s2.rearrange(XOR_2), WITH_2);
    r2 = s2.blend(s0.rearrange(XOR_2), WITHOUT_2);
    r1 = s1.blend(s3.rearrange(XOR_2), WITH_2);
    r3 = s3.blend(s1.rearrange(XOR_2), WITHOUT_2);
    r4 = s4.blend(s6.rearrange(XOR_2), WITH_2);
    r6 = s6.blend(s4.rearrange(XOR_2), WITHOUT_2);
    r5 = s5.blend(s7.rearrange(XOR_2), WITH_2);
    r7 = s7.blend(s5.rearrange(XOR_2), WITHOUT_2);
    r0.blend(r1.rearrange(XOR_1), WITH_1).intoArray(packed, to);
    r1.blend(r0.rearrange(XOR_1), WITHOUT_1).intoArray(packed, to + WIDTH);
    r2.blend(r3.rearrange(XOR_1), WITH_1).intoArray(packed, to + 2 * WIDTH);
    r3.blend(r2.rearrange(XOR_1), WITHOUT_1).intoArray(packed, to + 3 * WIDTH);
    r4.blend(r5.rearrange(XOR_1), WITH_1).intoArray(packed, to + 4 * WIDTH);
    r5.blend(r4.rearrange(XOR_1), WITHOUT_1).intoArray(packed, to + 5 * WIDTH);
    r6.blend(r7.rearrange(XOR_1), WITH_1).intoArray(packed, to + 6 * WIDTH);
    r7.blend(r6.rearrange(XOR_1), WITHOUT_1).intoArray(packed, to + 7 * WIDTH);
  }

  /**
   * Copies {@code rows} rows of A from row {@code row}, columns {@code k0} to {@code k0 + depth}.
   * A's rows are contiguous.
   *
   * @param packed [rows, depth]
   */
  static void rows(Matrix a, int row, int rows, int k0, int depth, float[] packed) {
    int fullDepth = depth / BLOCK * BLOCK;
    for (int i = 0; i < rows; i++) {
      long at = a.byteOffset(row + i, k0);
      int to = i * depth;
      for (int k = 0; k < fullDepth; k += BLOCK) {
        FloatVector.fromMemorySegment(EIGHT, a.memory(), at + 4L * k, ORDER)
            .intoArray(packed, to + k);
      }
      for (int k = fullDepth; k < depth; k++) {
        packed[to + k] = a.memory().get(JAVA_FLOAT, at + 4L * k);
      }
    }
  }

  private static void requireUnitStride(long stride) {
    if (stride != 1) {
      throw new IllegalArgumentException(
          "matrix product: expected a factor with a row or column stride of 1, found " + stride);
    }
  }
}
