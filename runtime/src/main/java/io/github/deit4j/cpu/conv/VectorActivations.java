package io.github.deit4j.cpu.conv;

import static io.github.deit4j.cpu.core.ScalarMath.EXP_HIGHEST;
import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static io.github.deit4j.cpu.core.VectorMath.WIDE;

import io.github.deit4j.cpu.conv.Activations.ScalarActivations;
import io.github.deit4j.cpu.core.VectorMath;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** {@link ScalarActivations} in vectors, the tail in its loops. */
public final class VectorActivations implements Activations {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STEP = WIDE.length();

  private final ScalarActivations tail = new ScalarActivations();

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
