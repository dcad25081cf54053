package io.github.deit4j.cpu.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A view of numbers as rows and columns. Element (i, j) lies {@code offset + i·rowStride +
 * j·columnStride} elements from the start of the memory. A row stride of 0 repeats one row, which
 * is how a bias becomes the start of every row's sums.
 *
 * <p>The numbers are float32, or {@code pairs}: neighbours of a row, rounded by {@link Bf16}, in
 * words of {@link Pairs}. A {@link Gemm} that says {@link Gemm#keepsPairs} takes such factors,
 * which it would round anyway, and leaves a result so. Offset, strides and columns are even then.
 *
 * @param memory where the numbers lie, outside the Java heap
 * @param offset element (0, 0), in elements
 * @param rows number of rows
 * @param columns number of columns
 * @param rowStride from one row to the next, in elements
 * @param columnStride from one column to the next, in elements
 * @param pairs whether the numbers are pairs of bfloat16
 */
public record Matrix(
    MemorySegment memory,
    long offset,
    int rows,
    int columns,
    long rowStride,
    long columnStride,
    boolean pairs) {
  public Matrix {
    if (!memory.isNative()) {
      throw new IllegalArgumentException(
          "matrix: expected memory outside the Java heap, found " + memory);
    }
  }

  /** Creates a view of float32 numbers. */
  public Matrix(
      MemorySegment memory, long offset, int rows, int columns, long rowStride, long columnStride) {
    this(memory, offset, rows, columns, rowStride, columnStride, false);
  }

  /** Returns the view of {@code rows × columns} contiguous pairs from the memory's start. */
  public static Matrix ofPairs(MemorySegment memory, int rows, int columns) {
    return new Matrix(memory, 0, rows, columns, columns, 1, true);
  }

  /** Returns the view of {@code rows × columns} contiguous numbers from the memory's start. */
  public static Matrix of(MemorySegment memory, int rows, int columns) {
    return new Matrix(memory, 0, rows, columns, columns, 1);
  }

  /** Returns the view in which every row is the same {@code columns} numbers. */
  public static Matrix repeatedRow(MemorySegment row, int rows, int columns) {
    return new Matrix(row, 0, rows, columns, 0, 1);
  }

  /**
   * Returns zeros, which are not to be written: what a product that adds to nothing starts from.
   */
  public static Matrix zeros(int rows, int columns) {
    MemorySegment row = Zeros.row;
    if (row.byteSize() < 4L * columns) {
      row = Zeros.allocate(columns);
      Zeros.row = row;
    }
    return repeatedRow(row, rows, columns);
  }

  /** Returns the same numbers with rows and columns exchanged. */
  public Matrix transpose() {
    return new Matrix(memory, offset, columns, rows, columnStride, rowStride, pairs);
  }

  /** Returns the rows from {@code from} up to but without {@code to}. */
  public Matrix rows(int from, int to) {
    return block(from, to - from, 0, columns);
  }

  /** Returns a part, of so many rows and columns. */
  public Matrix block(int row, int height, int column, int width) {
    long first = offset + row * rowStride + column * columnStride;
    return new Matrix(memory, first, height, width, rowStride, columnStride, pairs);
  }

  /** Returns the words of pairs as if they were numbers, half as many in a row. */
  Matrix words() {
    return new Matrix(memory, offset / 2, rows, columns / 2, rowStride / 2, 1);
  }

  /** Rounds these numbers, rows of float32, to pairs of the same size. */
  public void roundTo(Matrix to) {
    Pairs.store(memory, byteOffset(0, 0), 4 * rowStride, to);
  }

  /** Copies some columns of some rows to an array, row i to element {@code i·stride}. */
  public void load(float[] block, int stride, int row, int column, int rows, int columns) {
    for (int i = 0; i < rows; i++) {
      long from = byteOffset(row + i, column);
      MemorySegment.copy(memory, JAVA_FLOAT, from, block, i * stride, columns);
    }
  }

  /** Copies some columns of some rows from an array, row i from element {@code i·stride}. */
  public void store(float[] block, int stride, int row, int column, int rows, int columns) {
    for (int i = 0; i < rows; i++) {
      long to = byteOffset(row + i, column);
      MemorySegment.copy(block, i * stride, memory, JAVA_FLOAT, to, columns);
    }
  }

  /** A row of zeros that grows. Never written. */
  private static final class Zeros {
    static volatile MemorySegment row = allocate(4096);

    static MemorySegment allocate(int floats) {
      return Arena.ofAuto().allocate(4L * floats, 64).asReadOnly();
    }
  }

  long byteOffset(long row, long column) {
    return (pairs ? 2 : 4) * (offset + row * rowStride + column * columnStride);
  }
}
