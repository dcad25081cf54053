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
 * Lays a factor of a matrix product out in an array, in the order in which the micro-kernels of
 * {@link Tiles} read it: panels of some columns, each {@code [depth][width]}.
 *
 * @param width columns of a panel, a multiple of 8
 */
record Panels(int width) {
  /** Those of the right factor's columns. */
  static final Panels RIGHT = new Panels(Tiles.WIDTH);

  /** Those of the left factor's rows, that is of its transpose's columns. */
  static final Panels LEFT = new Panels(Tiles.LEFT_WIDTH);

  private static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;
  private static final int BLOCK = 8;
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

  private static VectorShuffle<Float> exchanged(int bit) {
    return VectorShuffle.fromOp(EIGHT, lane -> lane ^ bit);
  }

  /** Returns the floats that a factor of so many columns takes, {@code depth} deep. */
  int floats(int columns, int depth) {
    return Math.multiplyExact(count(columns) * width, depth);
  }

  /** Returns the number of panels of a factor of so many columns. */
  int count(int columns) {
    return (columns + width - 1) / width;
  }

  /**
   * Packs rows {@code k0} to {@code k0 + depth} of B, zeros where B has no such column.
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
      int panelFloats = depth * width;
      workers.run(
          count(b.columns()),
          (panel, scratch) ->
              transpose(b, k0, depth, panel * width, packed, to + panel * panelFloats));
    }
  }

  /** Returns where a column stands in panels of {@code depth} rows, in row 0. */
  int at(int column, int depth) {
    return column / width * width * depth + column % width;
  }

  /** Packs {@code depth} rows of an array, {@code stride} apart. */
  void pack(float[] b, int stride, int columns, int depth, float[] packed) {
    for (int j = 0; j < columns; j += BLOCK) {
      int from = j;
      int to = at(j, depth);
      // Whole blocks: strides are multiples of 16, and panels are whole.
      for (int k = 0; k < depth; k++) {
        FloatVector.fromArray(EIGHT, b, from).intoArray(packed, to);
        from += stride;
        to += width;
      }
    }
  }

  private void copyRows(Matrix b, int k0, int depth, int from, int end, float[] packed, int to) {
    int whole = b.columns() / width * width;
    int rest = b.columns() - whole;
    for (int k = from; k < end; k++) {
      long at = b.byteOffset(k0 + k, 0);
      int target = to + k * width;
      for (int j = 0; j < whole; j += width) {
        copyFull(b.memory(), at + 4L * j, packed, target);
        target += depth * width;
      }
      if (rest > 0) {
        copyPart(b.memory(), at + 4L * whole, rest, packed, target);
      }
    }
  }

  private void copyFull(MemorySegment from, long at, float[] packed, int to) {
    for (int j = 0; j < width; j += BLOCK) {
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
    Arrays.fill(packed, to + count, to + width, 0f);
  }

  /** Transposes eight columns by eight k at a time, and what is left one by one. */
  private void transpose(Matrix b, int k0, int depth, int column, float[] packed, int to) {
    int columns = Math.min(width, b.columns() - column);
    if (columns < width) {
      Arrays.fill(packed, to, to + depth * width, 0f);
    }
    int fullColumns = columns / BLOCK * BLOCK;
    int fullDepth = depth / BLOCK * BLOCK;
    long stride = 4 * b.columnStride();
    for (int j = 0; j < fullColumns; j += BLOCK) {
      long at = b.byteOffset(k0, column + j);
      for (int k = 0; k < fullDepth; k += BLOCK) {
        transposeBlock(b.memory(), at + 4L * k, stride, packed, to + k * width + j);
      }
    }
    for (int j = 0; j < columns; j++) {
      for (int k = j < fullColumns ? fullDepth : 0; k < depth; k++) {
        packed[to + k * width + j] = b.memory().get(JAVA_FLOAT, b.byteOffset(k0 + k, column + j));
      }
    }
  }

  /**
   * Transposes eight by eight numbers; written out like the micro-kernels, and for their reason.
   */
  private void transposeBlock(MemorySegment from, long at, long stride, float[] packed, int to) {
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
    r1.blend(r0.rearrange(XOR_1), WITHOUT_1).intoArray(packed, to + width);
    r2.blend(r3.rearrange(XOR_1), WITH_1).intoArray(packed, to + 2 * width);
    r3.blend(r2.rearrange(XOR_1), WITHOUT_1).intoArray(packed, to + 3 * width);
    r4.blend(r5.rearrange(XOR_1), WITH_1).intoArray(packed, to + 4 * width);
    r5.blend(r4.rearrange(XOR_1), WITHOUT_1).intoArray(packed, to + 5 * width);
    r6.blend(r7.rearrange(XOR_1), WITH_1).intoArray(packed, to + 6 * width);
    r7.blend(r6.rearrange(XOR_1), WITHOUT_1).intoArray(packed, to + 7 * width);
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
