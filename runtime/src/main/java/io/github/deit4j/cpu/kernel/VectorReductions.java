package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.Matrix.NATIVE;
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
}
