package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.WIDE;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** {@link ScalarGelu} in vectors, the tail in its loops. */
final class VectorGelu implements Gelu {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STEP = WIDE.length();

  private final ScalarGelu tail = new ScalarGelu();

  @Override
  public void forward(MemorySegment y, MemorySegment x, long from, long to) {
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      FloatVector value = FloatVector.fromMemorySegment(WIDE, x, 4 * i, ORDER);
      FloatVector cdf = VectorMath.normalCdf(value, VectorMath.bell(value));
      value.mul(cdf).intoMemorySegment(y, 4 * i, ORDER);
    }
    tail.forward(y, x, i, to);
  }

  @Override
  public void backward(MemorySegment dx, MemorySegment dy, MemorySegment x, long from, long to) {
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      FloatVector value = FloatVector.fromMemorySegment(WIDE, x, 4 * i, ORDER);
      FloatVector gradient = FloatVector.fromMemorySegment(WIDE, dy, 4 * i, ORDER);
      FloatVector bell = VectorMath.bell(value);
      FloatVector cdf = VectorMath.normalCdf(value, bell);
      FloatVector slope = value.fma(bell.mul(ScalarMath.DENSITY), cdf);
      gradient.mul(slope).intoMemorySegment(dx, 4 * i, ORDER);
    }
    tail.backward(dx, dy, x, i, to);
  }
}
