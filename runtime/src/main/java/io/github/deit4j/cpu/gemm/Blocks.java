package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.core.VectorMath.EIGHT;
import static io.github.deit4j.cpu.core.VectorMath.LANES;
import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static io.github.deit4j.cpu.core.VectorMath.WIDE;
import static io.github.deit4j.cpu.core.VectorMath.WIDE_TYPE;
import static io.github.deit4j.cpu.gemm.Tiles.BLOCK;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.VectorMath;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Blocks of a product on their way from and to memory: rows of an array, {@link Tiles#BLOCK} apart,
 * of at most as many columns. A vector at a time: a bulk copy of so few bytes costs more (73 µs
 * instead of 50 for 1584 by 384 numbers in rows of 256 bytes; with vectors weight gradients gained
 * 4 %, DeiT-S 1 %, DeiT-Ti at batch 1 lost 2). Loads are written out where C2 inlined no helper in
 * some starts.
 */
public final class Blocks {
  private static final int STEP = EIGHT.length();

  /** Columns of a loop whose length C2 knows. */
  static final int CHUNK = 64;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private Blocks() {}

  /**
   * Copies a part of a matrix to an array. Not by {@link Panels#copyRows}, whose rows are any
   * number apart: a product that reads its operand so was 0.94 to 0.98 times as fast.
   */
  static void load(float[] block, Matrix from, int row, int column, int rows, int columns) {
    MemorySegment memory = NATIVE.cast(from.memory());
    long stride = 4 * from.rowStride();
    int end = rows * BLOCK;
    if (columns % CHUNK == 0) {
      for (int i = 0; i < rows; i++) {
        long at = from.byteOffset(row + i, column);
        for (int k = i * BLOCK; k < i * BLOCK + columns; k += CHUNK) {
          for (int j = 0; j < CHUNK; j += LANES) {
            FloatVector numbers = FloatVector.fromMemorySegment(WIDE, memory, at + 4L * j, ORDER);
            ((FloatVector) WIDE_TYPE.cast(numbers)).intoArray(block, k + j);
          }
          at += 4L * CHUNK;
        }
      }
      return;
    }
    int whole = EIGHT.loopBound(columns);
    for (int j = 0; j < whole; j += STEP) {
      long at = from.byteOffset(row, column + j);
      for (int i = j; i < end; i += BLOCK) {
        VectorMath.eight(memory, at).intoArray(block, i);
        at += stride;
      }
    }
    if (whole < columns) {
      long at = from.byteOffset(row, column + whole);
      for (int i = whole; i < end; i += BLOCK) {
        MemorySegment.copy(memory, JAVA_FLOAT, at, block, i, columns - whole);
        at += stride;
      }
    }
  }

  /** Sets a part of a matrix to zero, a multiple of {@link VectorMath#LANES} columns. */
  static void clear(Matrix c, int row, int column, int rows, int columns) {
    MemorySegment memory = NATIVE.cast(c.memory());
    FloatVector zeros = FloatVector.zero(WIDE);
    for (int i = 0; i < rows; i++) {
      long at = c.byteOffset(row + i, column);
      for (int k = 0; k < columns; k += LANES) {
        zeros.intoMemorySegment(memory, at + 4L * k, ORDER);
      }
    }
  }

  /** Copies a block into a matrix, rounded if that holds pairs. */
  public static void store(float[] block, Matrix to, int row, int column, int rows, int columns) {
    if (to.pairs()) {
      MemorySegment numbers = MemorySegment.ofArray(block);
      Pairs.store(numbers, 0, 4L * BLOCK, to.block(row, rows, column, columns));
      return;
    }
    MemorySegment memory = NATIVE.cast(to.memory());
    long stride = 4 * to.rowStride();
    int end = rows * BLOCK;
    if (columns % CHUNK == 0) {
      for (int i = 0; i < rows; i++) {
        long at = to.byteOffset(row + i, column);
        for (int k = i * BLOCK; k < i * BLOCK + columns; k += CHUNK) {
          for (int j = 0; j < CHUNK; j += LANES) {
            FloatVector numbers = FloatVector.fromArray(WIDE, block, k + j);
            ((FloatVector) WIDE_TYPE.cast(numbers)).intoMemorySegment(memory, at + 4L * j, ORDER);
          }
          at += 4L * CHUNK;
        }
      }
      return;
    }
    int whole = EIGHT.loopBound(columns);
    // Eight at a time, since the rows of convolutional networks are multiples of that.
    for (int j = 0; j < whole; j += STEP) {
      long at = to.byteOffset(row, column + j);
      for (int i = j; i < end; i += BLOCK) {
        VectorMath.eight(block, i).intoMemorySegment(memory, at, ORDER);
        at += stride;
      }
    }
    if (whole < columns) {
      long at = to.byteOffset(row, column + whole);
      for (int i = whole; i < end; i += BLOCK) {
        MemorySegment.copy(block, i, memory, JAVA_FLOAT, at, columns - whole);
        at += stride;
      }
    }
  }

  /** Stores the sums of a block and the same place of another matrix, which may be {@code to}. */
  static void storeSum(
      float[] block, Matrix other, Matrix to, int row, int column, int rows, int columns) {
    MemorySegment addends = NATIVE.cast(other.memory());
    MemorySegment sums = NATIVE.cast(to.memory());
    int end = rows * BLOCK;
    if (columns % CHUNK == 0) {
      for (int i = 0; i < rows; i++) {
        long at = to.byteOffset(row + i, column);
        long otherAt = other.byteOffset(row + i, column);
        for (int k = i * BLOCK; k < i * BLOCK + columns; k += CHUNK) {
          for (int j = 0; j < CHUNK; j += LANES) {
            FloatVector numbers =
                FloatVector.fromMemorySegment(WIDE, addends, otherAt + 4L * j, ORDER);
            ((FloatVector) WIDE_TYPE.cast(numbers))
                .add(FloatVector.fromArray(WIDE, block, k + j))
                .intoMemorySegment(sums, at + 4L * j, ORDER);
          }
          at += 4L * CHUNK;
          otherAt += 4L * CHUNK;
        }
      }
      return;
    }
    int whole = EIGHT.loopBound(columns);
    for (int j = 0; j < whole; j += STEP) {
      long at = to.byteOffset(row, column + j);
      long otherAt = other.byteOffset(row, column + j);
      for (int i = j; i < end; i += BLOCK) {
        VectorMath.eight(addends, otherAt)
            .add(FloatVector.fromArray(EIGHT, block, i))
            .intoMemorySegment(sums, at, ORDER);
        at += 4 * to.rowStride();
        otherAt += 4 * other.rowStride();
      }
    }
    for (int i = 0; i < rows; i++) {
      for (int j = whole; j < columns; j++) {
        float addend = addends.get(JAVA_FLOAT, other.byteOffset(row + i, column + j));
        float sum = addend + block[i * BLOCK + j];
        sums.set(JAVA_FLOAT, to.byteOffset(row + i, column + j), sum);
      }
    }
  }
}
