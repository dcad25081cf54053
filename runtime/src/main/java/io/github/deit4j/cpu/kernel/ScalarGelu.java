package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/** {@link Gelu} as specified. */
final class ScalarGelu implements Gelu {
  @Override
  public void forward(MemorySegment y, MemorySegment x, long from, long to) {
    for (long i = from; i < to; i++) {
      float value = x.getAtIndex(JAVA_FLOAT, i);
      y.setAtIndex(JAVA_FLOAT, i, value * ScalarMath.normalCdf(value, ScalarMath.bell(value)));
    }
  }

  @Override
  public void backward(MemorySegment dx, MemorySegment dy, MemorySegment x, long from, long to) {
    for (long i = from; i < to; i++) {
      float value = x.getAtIndex(JAVA_FLOAT, i);
      float bell = ScalarMath.bell(value);
      float slope = Math.fma(value, bell * ScalarMath.DENSITY, ScalarMath.normalCdf(value, bell));
      dx.setAtIndex(JAVA_FLOAT, i, dy.getAtIndex(JAVA_FLOAT, i) * slope);
    }
  }
}
