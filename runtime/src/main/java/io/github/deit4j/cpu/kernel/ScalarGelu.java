package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.core.ScalarMath;

/** {@link Gelu} as specified. */
public final class ScalarGelu implements Gelu {
  @Override
  public void forward(float[] x, int at, int rows, int columns, int stride) {
    for (int row = at; row < at + rows * stride; row += stride) {
      forward(x, row, row + columns);
    }
  }

  static void forward(float[] x, int from, int to) {
    for (int i = from; i < to; i++) {
      x[i] = x[i] * ScalarMath.normalCdf(x[i], ScalarMath.bell(x[i]));
    }
  }

  @Override
  public void backward(float[] dy, float[] x, int at, int rows, int columns, int stride) {
    for (int row = at; row < at + rows * stride; row += stride) {
      backward(dy, x, row, row + columns);
    }
  }

  static void backward(float[] dy, float[] x, int from, int to) {
    for (int i = from; i < to; i++) {
      float bell = ScalarMath.bell(x[i]);
      float slope = Math.fma(x[i], bell * ScalarMath.DENSITY, ScalarMath.normalCdf(x[i], bell));
      dy[i] = dy[i] * slope;
    }
  }
}
