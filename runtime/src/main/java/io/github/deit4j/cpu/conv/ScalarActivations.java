package io.github.deit4j.cpu.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.ScalarMath;
import java.lang.foreign.MemorySegment;

/** {@link Activations} as specified. */
public final class ScalarActivations implements Activations {
  @Override
  public void relu(MemorySegment y, MemorySegment x, long from, long to) {
    for (long i = from; i < to; i++) {
      float value = x.getAtIndex(JAVA_FLOAT, i);
      y.setAtIndex(JAVA_FLOAT, i, value < 0 ? 0f : value);
    }
  }

  @Override
  public void reluBackward(
      MemorySegment dx, MemorySegment dy, MemorySegment y, long from, long to) {
    for (long i = from; i < to; i++) {
      float gradient = dy.getAtIndex(JAVA_FLOAT, i);
      dx.setAtIndex(JAVA_FLOAT, i, y.getAtIndex(JAVA_FLOAT, i) > 0 ? gradient : 0f);
    }
  }

  @Override
  public void sigmoid(MemorySegment y, MemorySegment x, long from, long to) {
    for (long i = from; i < to; i++) {
      float value = x.getAtIndex(JAVA_FLOAT, i);
      float power = value < -ScalarMath.EXP_HIGHEST ? ScalarMath.EXP_HIGHEST : -value;
      y.setAtIndex(JAVA_FLOAT, i, 1f / (1f + ScalarMath.exp(power)));
    }
  }

  @Override
  public void sigmoidBackward(
      MemorySegment dx, MemorySegment dy, MemorySegment y, long from, long to) {
    for (long i = from; i < to; i++) {
      float value = y.getAtIndex(JAVA_FLOAT, i);
      dx.setAtIndex(JAVA_FLOAT, i, dy.getAtIndex(JAVA_FLOAT, i) * (value * (1f - value)));
    }
  }
}
