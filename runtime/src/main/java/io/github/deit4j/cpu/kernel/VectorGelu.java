package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.WIDE;

import io.github.deit4j.cpu.kernel.Scratch.Slot;
import jdk.incubator.vector.FloatVector;

/**
 * {@link ScalarGelu} in vectors, tails in its loops.
 *
 * <p>The bell curve first, for some columns of all rows, and then the rest: each of the two loops
 * has its constants in 16 vector registers, and so few instructions that a processor works on
 * several vectors at a time. In one loop it waits for one after the other.
 */
final class VectorGelu implements Gelu {
  private static final int STEP = WIDE.length();

  /** Columns at a time, whole vectors. */
  private static final int COLUMNS = 256;

  @Override
  public void forward(float[] x, int at, int rows, int columns, int stride) {
    int whole = WIDE.loopBound(columns);
    for (int column = 0; column < whole; column += COLUMNS) {
      forwardVectors(x, at + column, rows, Math.min(COLUMNS, whole - column), stride);
    }
    if (whole < columns) {
      for (int row = at; row < at + rows * stride; row += stride) {
        ScalarGelu.forward(x, row + whole, row + columns);
      }
    }
  }

  private static void forwardVectors(float[] x, int at, int rows, int columns, int stride) {
    float[] bells = bells(x, at, rows, columns, stride);
    for (int row = 0; row < rows; row++) {
      int from = at + row * stride;
      int bell = row * columns;
      for (int j = 0; j < columns; j += STEP) {
        FloatVector value = FloatVector.fromArray(WIDE, x, from + j);
        FloatVector cdf = VectorMath.normalCdf(value, FloatVector.fromArray(WIDE, bells, bell + j));
        value.mul(cdf).intoArray(x, from + j);
      }
    }
  }

  @Override
  public void backward(float[] dy, float[] x, int at, int rows, int columns, int stride) {
    int whole = WIDE.loopBound(columns);
    for (int column = 0; column < whole; column += COLUMNS) {
      backwardVectors(dy, x, at + column, rows, Math.min(COLUMNS, whole - column), stride);
    }
    if (whole < columns) {
      for (int row = at; row < at + rows * stride; row += stride) {
        ScalarGelu.backward(dy, x, row + whole, row + columns);
      }
    }
  }

  private static void backwardVectors(
      float[] dy, float[] x, int at, int rows, int columns, int stride) {
    float[] bells = bells(x, at, rows, columns, stride);
    for (int row = 0; row < rows; row++) {
      int from = at + row * stride;
      for (int j = 0; j < columns; j += STEP) {
        FloatVector value = FloatVector.fromArray(WIDE, x, from + j);
        FloatVector bell = FloatVector.fromArray(WIDE, bells, row * columns + j);
        FloatVector cdf = VectorMath.normalCdf(value, bell);
        FloatVector slope = value.fma(bell.mul(ScalarMath.DENSITY), cdf);
        FloatVector.fromArray(WIDE, dy, from + j).mul(slope).intoArray(dy, from + j);
      }
    }
  }

  /** Returns the bell curve at some numbers, row after row. */
  private static float[] bells(float[] x, int at, int rows, int columns, int stride) {
    float[] bells = Scratch.ofThisThread().array(Slot.BELLS, rows * columns);
    for (int row = 0; row < rows; row++) {
      int from = at + row * stride;
      int to = row * columns;
      for (int j = 0; j < columns; j += STEP) {
        VectorMath.bell(FloatVector.fromArray(WIDE, x, from + j)).intoArray(bells, to + j);
      }
    }
    return bells;
  }
}
