package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.core.ScalarMath.EXP_HIGHEST;
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
      MemorySegment y, MemorySegment a, float s, MemorySegment b, float t, long from, long to) {
    FloatVector factors = FloatVector.broadcast(WIDE, s);
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      FloatVector first = VectorMath.wide(a, 4 * i);
      FloatVector second = VectorMath.wide(b, 4 * i);
      factors.fma(first, second.mul(t)).intoMemorySegment(NATIVE.cast(y), 4 * i, ORDER);
    }
    tail.addMultiples(y, a, s, b, t, i, to);
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
  public void relu(MemorySegment y, MemorySegment x, long from, long to) {
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      FloatVector value = VectorMath.wide(x, 4 * i);
      value.blend(0f, value.lt(0f)).intoMemorySegment(NATIVE.cast(y), 4 * i, ORDER);
    }
    tail.relu(y, x, i, to);
  }

  @Override
  public void reluBackward(
      MemorySegment dx, MemorySegment dy, MemorySegment y, long from, long to) {
    FloatVector zero = FloatVector.zero(WIDE);
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      FloatVector value = VectorMath.wide(y, 4 * i);
      FloatVector gradient = VectorMath.wide(dy, 4 * i);
      zero.blend(gradient, zero.lt(value)).intoMemorySegment(NATIVE.cast(dx), 4 * i, ORDER);
    }
    tail.reluBackward(dx, dy, y, i, to);
  }

  @Override
  public void sigmoid(MemorySegment y, MemorySegment x, long from, long to) {
    FloatVector one = FloatVector.broadcast(WIDE, 1f);
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      FloatVector value = VectorMath.wide(x, 4 * i);
      FloatVector power = value.neg().blend(EXP_HIGHEST, value.lt(-EXP_HIGHEST));
      FloatVector exp = VectorMath.exp(power);
      one.div(one.add(exp)).intoMemorySegment(NATIVE.cast(y), 4 * i, ORDER);
    }
    tail.sigmoid(y, x, i, to);
  }

  @Override
  public void sigmoidBackward(
      MemorySegment dx, MemorySegment dy, MemorySegment y, long from, long to) {
    FloatVector one = FloatVector.broadcast(WIDE, 1f);
    long i = from;
    for (; i <= to - STEP; i += STEP) {
      FloatVector value = VectorMath.wide(y, 4 * i);
      FloatVector gradient = VectorMath.wide(dy, 4 * i);
      gradient.mul(value.mul(one.sub(value))).intoMemorySegment(NATIVE.cast(dx), 4 * i, ORDER);
    }
    tail.sigmoidBackward(dx, dy, y, i, to);
  }
}
