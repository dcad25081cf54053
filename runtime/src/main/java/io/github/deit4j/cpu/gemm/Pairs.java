package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.emit.Bf16Packing;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Words of two factors rounded by {@link Bf16}: k in the upper half, k + 1 in the lower one. Where
 * k ends with an odd value, the other one is a zero that changes no sum: −0 in A times +0 in B.
 *
 * <p>Machine code makes them. Here, and nowhere else, stands what it is called with: each operand
 * is a slice as long as what the code will touch, which the JDK checks.
 */
final class Pairs {
  /** What stands behind the last value of k in A: −0. */
  static final int PAD_OF_A = 0x8000;

  /** What stands there in B. */
  static final int PAD_OF_B = 0;

  private static final Bf16Packing CODE = new Bf16Packing(Bf16.LEAST_FACTOR);
  private static final MethodHandle NEIGHBOURS = CODE.neighbours();
  private static final MethodHandle ROWS = CODE.rows();
  private static final MethodHandle ROWS_OF_PAIRS = CODE.rowsOfPairs();

  /**
   * Numbers of a call, at most, but a row: 64 KiB are read while the JVM cannot stop for a garbage
   * collection.
   */
  private static final int NUMBERS_OF_CALL = 1 << 14;

  private static final int LANES = 16;

  /** Panels that are written at a time: as many bytes of a row as is worth going there for. */
  private static final int PANELS_OF_CALL = 8;

  private static final MemorySegment ZEROS = MemorySegment.ofArray(new float[2 * LANES]);

  private Pairs() {}

  /** Copies rows of a matrix, whose neighbours make words, to rows {@code stride} apart. */
  static void ofRows(
      Matrix a, int row, int rows, int k0, int k, float[] words, int to, int stride, int pad) {
    long from = a.byteOffset(row, k0);
    ofRows(a.memory(), from, 4 * a.rowStride(), rows, k, words, to, stride, pad);
  }

  /** The same of rows of an array. */
  static void ofRows(
      float[] a, int at, int from, int rows, int k, float[] words, int to, int stride, int pad) {
    MemorySegment array = MemorySegment.ofArray(a);
    ofRows(array, 4L * at, 4L * from, rows, k, words, to, stride, pad);
  }

  private static void ofRows(
      MemorySegment a,
      long at,
      long rowStride,
      int rows,
      int k,
      float[] words,
      int to,
      int stride,
      int pad) {
    ofRows(a, at, rowStride, rows, k, MemorySegment.ofArray(words), 4L * to, 4L * stride);
    for (int i = 0; i < rows && k % 2 == 1; i++) {
      pad(words, to + i * stride + k / 2, pad);
    }
  }

  /** Rounds numbers, rows so many bytes apart, to pairs of the same size. */
  static void store(MemorySegment numbers, long at, long stride, Matrix to) {
    long toStride = 2 * to.rowStride();
    MemorySegment memory = to.memory();
    ofRows(numbers, at, stride, to.rows(), to.columns(), memory, to.byteOffset(0, 0), toStride);
  }

  /** Makes words of rows, without what stands behind an odd number of k. Strides are bytes. */
  private static void ofRows(
      MemorySegment a,
      long at,
      long rowStride,
      int rows,
      int k,
      MemorySegment words,
      long to,
      long stride) {
    if (k == 0) {
      return;
    }
    int depth = (k + 1) / 2;
    int rest = k % (2 * LANES);
    long chunks = k / (2 * LANES);
    long first = lanes(rest);
    long second = lanes(rest - LANES);
    long last = lanes((rest + 1) / 2);
    int step = Math.max(1, NUMBERS_OF_CALL / k);
    for (int i = 0; i < rows; i += step) {
      long count = Math.min(step, rows - i);
      MemorySegment in = a.asSlice(at + i * rowStride, (count - 1) * rowStride + 4L * k);
      MemorySegment out = words.asSlice(to + i * stride, (count - 1) * stride + 4L * depth);
      try {
        NEIGHBOURS.invokeExact(in, out, count, rowStride, stride, chunks, first, second, last);
      } catch (Throwable e) {
        throw new AssertionError("machine code throws nothing", e);
      }
    }
  }

  /** Returns a mask of the first of 16 lanes, of none if there are negative many. */
  private static long lanes(int count) {
    return (1L << Math.clamp(count, 0, LANES)) - 1;
  }

  private static void pad(float[] words, int at, int pad) {
    words[at] = Float.intBitsToFloat(Float.floatToRawIntBits(words[at]) | pad);
  }

  /** Packs rows of B, of A's transpose, pair by pair: {@link Factors#pack}. */
  static void pack(
      Panels panels, Matrix b, int k0, int k, int from, int end, float[] packed, int to) {
    int width = panels.width();
    int whole = b.columns() / panels.columns();
    int size = (k + 1) / 2 * width;
    int at = to + from / 2 * width;
    int rows = end - from;
    for (int panel = 0; panel < whole; panel += PANELS_OF_CALL) {
      int count = Math.min(PANELS_OF_CALL, whole - panel);
      Matrix columns = b.block(k0 + from, rows, panel * panels.columns(), panels.columns());
      Rows.of(panels, columns, count, size).pack(packed, at + panel * size);
    }
    int rest = b.columns() - whole * panels.columns();
    if (rest > 0) {
      Matrix columns = b.block(k0 + from, rows, whole * panels.columns(), rest);
      Rows.of(panels, columns, 1, size).pack(packed, at + whole * size);
    }
  }

  /** Packs rows of an array. */
  static void pack(
      Panels panels, float[] b, int start, int stride, int columns, int k, float[] packed) {
    int size = (k + 1) / 2 * panels.width();
    MemorySegment array = MemorySegment.ofArray(b);
    int whole = columns / panels.columns();
    if (whole > 0) {
      new Rows(panels, array, false, 4L * start, 4L * stride, panels.columns(), k, whole, size)
          .pack(packed, 0);
    }
    int rest = columns - whole * panels.columns();
    if (rest > 0) {
      long offset = 4L * (start + whole * panels.columns());
      new Rows(panels, array, false, offset, 4L * stride, rest, k, 1, size)
          .pack(packed, whole * size);
    }
  }

  /**
   * Some columns of rows, for some panels.
   *
   * @param pairs whether neighbours are pairs already
   * @param at the first number, in bytes
   * @param stride from one row to the next, in bytes
   * @param columns of each panel
   * @param count panels
   * @param size words from one panel to the next
   */
  private record Rows(
      Panels panels,
      MemorySegment memory,
      boolean pairs,
      long at,
      long stride,
      int columns,
      int rows,
      int count,
      int size) {
    /** Returns those that begin with the columns of a matrix, the first panel's. */
    static Rows of(Panels panels, Matrix b, int count, int size) {
      long at = b.byteOffset(0, 0);
      long stride = b.byteOffset(1, 0) - at;
      return new Rows(
          panels, b.memory(), b.pairs(), at, stride, b.columns(), b.rows(), count, size);
    }

    private long bytes(int numbers) {
      return (pairs ? 2L : 4L) * numbers;
    }

    void pack(float[] packed, int to) {
      int width = panels.width();
      long bytes = bytes((count - 1) * panels.columns() + columns);
      int step = Math.max(1, NUMBERS_OF_CALL / (2 * count * panels.columns()));
      int whole = rows / 2;
      for (int i = 0; i < whole; i += step) {
        long ofCall = Math.min(step, whole - i);
        long from = at + 2L * i * stride;
        long length = 2 * (ofCall - 1) * stride + bytes;
        MemorySegment upper = memory.asSlice(from, length);
        MemorySegment lower = memory.asSlice(from + stride, length);
        call(upper, lower, packed, to + i * width, ofCall);
      }
      if (rows % 2 == 1) {
        for (int panel = 0; panel < count; panel++) {
          long from = at + (rows - 1) * stride + bytes(panel * panels.columns());
          int target = to + panel * size + whole * width;
          MemorySegment upper = memory.asSlice(from, bytes(columns));
          new Rows(panels, memory, pairs, from, stride, columns, 1, 1, size)
              .call(upper, ZEROS, packed, target, 1);
          for (int j = 0; j < columns; j++) {
            Pairs.pad(packed, target + j, panels.pad());
          }
        }
      }
    }

    private void call(
        MemorySegment upper, MemorySegment lower, float[] packed, int to, long times) {
      int width = panels.width();
      long length = 4L * ((count - 1L) * size + (times - 1) * width + columns);
      MemorySegment out = MemorySegment.ofArray(packed).asSlice(4L * to, length);
      long step = 2 * stride;
      long toStep = 4L * width;
      long ofPanel = bytes(panels.columns());
      long toPanel = 4L * size;
      long of = count;
      long first = lanes(columns);
      long second = lanes(columns - LANES);
      try {
        if (pairs) {
          long words = lanes(columns / 2);
          ROWS_OF_PAIRS.invokeExact(
              upper, lower, out, times, of, step, toStep, ofPanel, toPanel, first, second, words);
        } else {
          ROWS.invokeExact(
              upper, lower, out, times, of, step, toStep, ofPanel, toPanel, first, second);
        }
      } catch (Throwable e) {
        throw new AssertionError("machine code throws nothing", e);
      }
    }
  }
}
