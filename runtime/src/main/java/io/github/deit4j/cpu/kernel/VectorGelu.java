package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.WIDE;

import jdk.incubator.vector.FloatVector;

/** {@link ScalarGelu} in vectors, the tail in its loops. */
final class VectorGelu implements Gelu {
  private static final int STEP = WIDE.length();

  @Override
  public void forward(float[] x, int count) {
    int i = 0;
    for (; i <= count - STEP; i += STEP) {
      FloatVector value = FloatVector.fromArray(WIDE, x, i);
      FloatVector cdf = VectorMath.normalCdf(value, VectorMath.bell(value));
      value.mul(cdf).intoArray(x, i);
    }
    ScalarGelu.forward(x, i, count);
  }

  @Override
  public void backward(float[] dy, float[] x, int count) {
    int i = 0;
    for (; i <= count - STEP; i += STEP) {
      FloatVector value = FloatVector.fromArray(WIDE, x, i);
      FloatVector bell = VectorMath.bell(value);
      FloatVector cdf = VectorMath.normalCdf(value, bell);
      FloatVector slope = value.fma(bell.mul(ScalarMath.DENSITY), cdf);
      FloatVector.fromArray(WIDE, dy, i).mul(slope).intoArray(dy, i);
    }
    ScalarGelu.backward(dy, x, i, count);
  }
}
