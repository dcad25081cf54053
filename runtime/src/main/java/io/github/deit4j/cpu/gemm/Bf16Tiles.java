package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.gemm.Tiles.HEIGHT;
import static io.github.deit4j.cpu.gemm.Tiles.PANEL_STRIDE;
import static io.github.deit4j.cpu.gemm.Tiles.ROWS;
import static io.github.deit4j.cpu.gemm.Tiles.ROW_STRIDE;
import static io.github.deit4j.cpu.gemm.Tiles.WIDTH;

import io.github.deit4j.cpu.emit.Bf16MicroKernel;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The tiles of {@link Tiles} for factors in {@link Pairs}, by micro-kernels in machine code. Here,
 * and nowhere else, stands what they are called with: each operand is a slice as long as what the
 * code will touch, which the JDK checks.
 */
final class Bf16Tiles {
  private static final MethodHandle ROWS_12 = emit(HEIGHT, ROW_STRIDE, 1, false);
  private static final MethodHandle ROWS_6 = emit(ROWS, ROW_STRIDE, 1, false);
  private static final MethodHandle PANELS_12 = emit(HEIGHT, 1, PANEL_STRIDE, true);
  private static final MethodHandle PANELS_6 = emit(ROWS, 1, PANEL_STRIDE, true);

  /**
   * Words times panels of a call, at most: the JVM cannot stop for a garbage collection meanwhile.
   * 13 µs at 234 GFLOP/s, the peak of a Zen 4's core.
   */
  private static final int WORDS_OF_CALL = 2048;

  private Bf16Tiles() {}

  private static MethodHandle emit(int rows, int rowStride, int pairStride, boolean continues) {
    return new Bf16MicroKernel(rows, rowStride, pairStride, continues).emit();
  }

  /** {@link Tiles#multiply}. */
  static void multiply(
      int columns,
      PackedA a,
      int row,
      float[] b,
      int bo,
      float[] start,
      MemorySegment c,
      long to,
      long stride) {
    call(HEIGHT, columns, a, row, b, bo, start, c, to, stride);
  }

  /** {@link Tiles#multiplyInto} of whole panels. */
  static void multiplyInto(
      float[] c,
      int to,
      int stride,
      int rows,
      int columns,
      PackedA a,
      int row,
      float[] b,
      int bo,
      float[] start) {
    int height = rows > ROWS ? HEIGHT : ROWS;
    MemorySegment target = MemorySegment.ofArray(c);
    call(height, columns, a, row, b, bo, start, target, 4L * to, 4L * stride);
  }

  /** {@link Tiles#multiplyPanels} in memory. */
  static void multiplyPanels(
      int columns, PackedA a, int row, float[] b, int bo, MemorySegment c, long to, long stride) {
    call(HEIGHT, columns, a, row, b, bo, null, c, to, stride);
  }

  /** {@link Tiles#multiplyPanels} of whole panels in an array. */
  static void multiplyPanels(
      int rows, int columns, PackedA a, int row, float[] b, int bo, float[] block) {
    int height = rows > ROWS ? HEIGHT : ROWS;
    call(height, columns, a, row, b, bo, null, MemorySegment.ofArray(block), 0, 4L * Tiles.BLOCK);
  }

  /**
   * Calls the micro-kernel for A as it stands.
   *
   * @param starts what chains of an A in rows start from; null for one in panels, whose go on
   */
  private static void call(
      int rows,
      int columns,
      PackedA packed,
      int row,
      float[] panels,
      int bo,
      float[] starts,
      MemorySegment target,
      long to,
      long stride) {
    int words = packed.depth();
    int length =
        packed.inRows()
            ? (rows - 1) * ROW_STRIDE + words
            : Math.max(0, (words - 1) * PANEL_STRIDE + rows);
    MemorySegment a = slice(packed.numbers(), packed.at(row), length);
    int step = columnsOfCall(words);
    for (int column = 0; column < columns; column += step) {
      int count = Math.min(step, columns - column);
      MemorySegment b = slice(panels, bo + column * words, count * words);
      MemorySegment c = target.asSlice(to + 4L * column, (rows - 1) * stride + 4L * count);
      MemorySegment start = starts == null ? c : slice(starts, column, count);
      long ofB = count / WIDTH;
      try {
        if (packed.inRows()) {
          if (rows == HEIGHT) {
            ROWS_12.invokeExact(a, b, c, start, (long) words, ofB, stride);
          } else {
            ROWS_6.invokeExact(a, b, c, start, (long) words, ofB, stride);
          }
        } else if (rows == HEIGHT) {
          PANELS_12.invokeExact(a, b, c, start, (long) words, ofB, stride);
        } else {
          PANELS_6.invokeExact(a, b, c, start, (long) words, ofB, stride);
        }
      } catch (Throwable e) {
        throw new AssertionError("machine code throws nothing", e);
      }
    }
  }

  private static int columnsOfCall(int words) {
    return Math.max(1, WORDS_OF_CALL / Math.max(1, words)) * WIDTH;
  }

  private static MemorySegment slice(float[] array, int from, int length) {
    return MemorySegment.ofArray(array).asSlice(4L * from, 4L * length);
  }
}
