package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.WIDE;

import jdk.incubator.vector.FloatVector;

/** {@link ScalarGelu} in vectors, the tail in its loops. */
final class VectorGelu implements Gelu {
  private static final int STEP = WIDE.length();

  @Override
  public void forward(float[] x, int at, int rows, int columns, int stride) {
    int whole = WIDE.loopBound(columns);
    int i = at;
    int end = at + whole;
    // One loop over all rows: for one over a row's few vectors C2 would make three.
    for (int count = rows * (whole / STEP); count > 0; count--) {
      FloatVector value = FloatVector.fromArray(WIDE, x, i);
      FloatVector cdf = VectorMath.normalCdf(value, VectorMath.bell(value));
      value.mul(cdf).intoArray(x, i);
      i += STEP;
      if (i == end) {
        i += stride - whole;
        end += stride;
      }
    }
    if (whole < columns) {
      for (int row = at; row < at + rows * stride; row += stride) {
        ScalarGelu.forward(x, row + whole, row + columns);
      }
    }
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
