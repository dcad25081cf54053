package io.github.deit4j.cpu.core;

import static io.github.deit4j.cpu.core.VectorMath.EIGHT;
import static io.github.deit4j.cpu.core.VectorMath.LANES;
import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static io.github.deit4j.cpu.core.VectorMath.WIDE_TYPE;

import io.github.deit4j.cpu.core.Reductions.ScalarReductions;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** {@link ScalarReductions} in vectors; a block whose length is no multiple of 16 goes there. */
public final class VectorReductions implements Reductions {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STEP = EIGHT.length();

  private final ScalarReductions scalar = new ScalarReductions();

  @Override
  public float sumOfSquares(MemorySegment x, long from, long to) {
    if ((to - from) % Lanes.COUNT != 0) {
      return scalar.sumOfSquares(x, from, to);
    }
    FloatVector low = FloatVector.zero(EIGHT);
    FloatVector high = FloatVector.zero(EIGHT);
    for (long at = 4 * from; at < 4 * to; at += 64) {
      FloatVector a = VectorMath.eight(x, at);
      FloatVector b = VectorMath.eight(x, at + 32);
      low = a.fma(a, low);
      high = b.fma(b, high);
    }
    return VectorMath.sum(low, high);
  }

  @Override
  public void addRows(
      MemorySegment sums, MemorySegment x, int width, int rows, long from, long to) {
    long column = from;
    for (; column <= to - 4L * LANES; column += 4L * LANES) {
      addFour(sums, x, width, rows, column);
    }
    for (; column <= to - STEP; column += STEP) {
      FloatVector sum = VectorMath.eight(sums, 4 * column);
      long at = 4 * column;
      for (int row = 0; row < rows; row++) {
        sum = VectorMath.eight(x, at).add(sum);
        at += 4L * width;
      }
      VectorMath.eight(sum).intoMemorySegment(NATIVE.cast(sums), 4 * column, ORDER);
    }
    scalar.addRows(sums, x, width, rows, column, to);
  }

  /** Adds four vectors of columns, so that whole cache lines are read, several at once. */
  private static void addFour(
      MemorySegment sums, MemorySegment x, int width, int rows, long column) {
    long first = 4 * column;
    long second = first + 4L * LANES;
    long third = first + 8L * LANES;
    long fourth = first + 12L * LANES;
    FloatVector s0 = VectorMath.wide(sums, first);
    FloatVector s1 = VectorMath.wide(sums, second);
    FloatVector s2 = VectorMath.wide(sums, third);
    FloatVector s3 = VectorMath.wide(sums, fourth);
    for (int row = 0; row < rows; row++) {
      long at = 4L * row * width;
      s0 = VectorMath.wide(x, at + first).add(s0);
      s1 = VectorMath.wide(x, at + second).add(s1);
      s2 = VectorMath.wide(x, at + third).add(s2);
      s3 = VectorMath.wide(x, at + fourth).add(s3);
    }
    ((FloatVector) WIDE_TYPE.cast(s0)).intoMemorySegment(NATIVE.cast(sums), first, ORDER);
    ((FloatVector) WIDE_TYPE.cast(s1)).intoMemorySegment(NATIVE.cast(sums), second, ORDER);
    ((FloatVector) WIDE_TYPE.cast(s2)).intoMemorySegment(NATIVE.cast(sums), third, ORDER);
    ((FloatVector) WIDE_TYPE.cast(s3)).intoMemorySegment(NATIVE.cast(sums), fourth, ORDER);
  }
}
