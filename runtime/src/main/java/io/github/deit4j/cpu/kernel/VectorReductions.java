package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.EIGHT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** {@link ScalarReductions} in vectors; a block whose length is no multiple of 16 goes there. */
final class VectorReductions implements Reductions {
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
      FloatVector a = FloatVector.fromMemorySegment(EIGHT, x, at, ORDER);
      FloatVector b = FloatVector.fromMemorySegment(EIGHT, x, at + 32, ORDER);
      low = a.fma(a, low);
      high = b.fma(b, high);
    }
    return VectorMath.sum(low, high);
  }

  @Override
  public void addRows(
      MemorySegment sums, MemorySegment x, int width, int rows, long from, long to) {
    long column = from;
    for (; column <= to - STEP; column += STEP) {
      FloatVector sum = FloatVector.fromMemorySegment(EIGHT, sums, 4 * column, ORDER);
      long at = 4 * column;
      for (int row = 0; row < rows; row++) {
        sum = FloatVector.fromMemorySegment(EIGHT, x, at, ORDER).add(sum);
        at += 4L * width;
      }
      VectorMath.eight(sum).intoMemorySegment(sums, 4 * column, ORDER);
    }
    scalar.addRows(sums, x, width, rows, column, to);
  }
}
