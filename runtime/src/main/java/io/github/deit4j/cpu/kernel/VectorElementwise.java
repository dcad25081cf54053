package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static io.github.deit4j.cpu.core.VectorMath.WIDE;

import io.github.deit4j.cpu.core.VectorMath;
import io.github.deit4j.cpu.kernel.Elementwise.ScalarElementwise;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** {@link ScalarElementwise} in vectors, the tail in its loops. */
final class VectorElementwise implements Elementwise {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STEP = WIDE.length();

  private final ScalarElementwise tail = new ScalarElementwise();

  @Override
  public void add(MemorySegment y, MemorySegment a, MemorySegment b, long from, long to) {
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      FloatVector left = VectorMath.wide(a, 4 * i);
      FloatVector right = VectorMath.wide(b, 4 * i);
      left.add(right).intoMemorySegment(NATIVE.cast(y), 4 * i, ORDER);
    }
    tail.add(y, a, b, i, to);
  }

  @Override
  public void addScaled(
      MemorySegment y, MemorySegment base, MemorySegment x, float factor, long from, long to) {
    FloatVector factors = FloatVector.broadcast(WIDE, factor);
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      FloatVector start = VectorMath.wide(base, 4 * i);
      FloatVector value = VectorMath.wide(x, 4 * i);
      factors.fma(value, start).intoMemorySegment(NATIVE.cast(y), 4 * i, ORDER);
    }
    tail.addScaled(y, base, x, factor, i, to);
  }

  @Override
  public void addMultiples(
      MemorySegment y,
      MemorySegment a,
      float factorA,
      MemorySegment b,
      float factorB,
      long from,
      long to) {
    FloatVector factors = FloatVector.broadcast(WIDE, factorA);
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      FloatVector first = VectorMath.wide(a, 4 * i);
      FloatVector second = VectorMath.wide(b, 4 * i);
      factors.fma(first, second.mul(factorB)).intoMemorySegment(NATIVE.cast(y), 4 * i, ORDER);
    }
    tail.addMultiples(y, a, factorA, b, factorB, i, to);
  }

  @Override
  public void scale(MemorySegment y, MemorySegment x, float factor, long from, long to) {
    FloatVector factors = FloatVector.broadcast(WIDE, factor);
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      FloatVector value = VectorMath.wide(x, 4 * i);
      factors.mul(value).intoMemorySegment(NATIVE.cast(y), 4 * i, ORDER);
    }
    tail.scale(y, x, factor, i, to);
  }

  @Override
  public void addRepeated(
      MemorySegment y, MemorySegment a, MemorySegment b, long period, long from, long to) {
    long i = from;
    while (i < to) {
      long phase = i % period;
      long end = Math.min(to, i - phase + period);
      long shift = phase - i;
      for (; i <= end - STEP; i += STEP) {
        FloatVector left = VectorMath.wide(a, 4 * i);
        FloatVector right = VectorMath.wide(b, 4 * (i + shift));
        left.add(right).intoMemorySegment(NATIVE.cast(y), 4 * i, ORDER);
      }
      tail.addRepeated(y, a, b, period, i, end);
      i = end;
    }
  }
}
