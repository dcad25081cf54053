package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.WIDE;

import jdk.incubator.vector.FloatVector;

/** {@link ScalarGelu} in vectors, the tail in its loops. */
final class VectorGelu implements Gelu {
  private static final int STEP = WIDE.length();

  @Override
  public void forward(float[] x, int at, int rows, int columns, int stride) {
    int whole = WIDE.loopBound(columns);
    for (int row = at; row < at + rows * stride; row += stride) {
      for (int i = row; i < row + whole; i += STEP) {
        FloatVector value = FloatVector.fromArray(WIDE, x, i);
        FloatVector cdf = VectorMath.normalCdf(value, VectorMath.bell(value));
        value.mul(cdf).intoArray(x, i);
      }
      ScalarGelu.forward(x, row + whole, row + columns);
    }
  }

  @Override
  public void backward(float[] dy, float[] x, int at, int rows, int columns, int stride) {
    int whole = WIDE.loopBound(columns);
    for (int row = at; row < at + rows * stride; row += stride) {
      for (int i = row; i < row + whole; i += STEP) {
        FloatVector value = FloatVector.fromArray(WIDE, x, i);
        FloatVector bell = VectorMath.bell(value);
        FloatVector cdf = VectorMath.normalCdf(value, bell);
        FloatVector slope = value.fma(bell.mul(ScalarMath.DENSITY), cdf);
        FloatVector.fromArray(WIDE, dy, i).mul(slope).intoArray(dy, i);
      }
      ScalarGelu.backward(dy, x, row + whole, row + columns);
    }
  }
}
