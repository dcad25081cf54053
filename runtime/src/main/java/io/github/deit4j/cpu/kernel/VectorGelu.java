package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.core.VectorMath.WIDE;

import io.github.deit4j.cpu.core.ScalarMath;
import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.core.VectorMath;
import io.github.deit4j.cpu.kernel.Gelu.ScalarGelu;
import jdk.incubator.vector.FloatVector;

/**
 * {@link ScalarGelu} in vectors, tails in its loops.
 *
 * <p>Numbers in a row are one loop. For rows with gaps, of a few vectors each, C2 would make three
 * loops of it, with constants for more registers than there are, so that the processor waits for
 * one vector after the other. There the bell curve comes first, for all of them, and then the rest:
 * two loops of half the instructions each.
 */
final class VectorGelu implements Gelu {
  private static final int STEP = WIDE.length();

  @Override
  public void forward(float[] x, int at, int rows, int columns, int stride) {
    if (rows == 1 || columns == stride) {
      forward(x, at, at + rows * columns);
      return;
    }
    int whole = WIDE.loopBound(columns);
    forwardVectors(x, at, rows, whole, stride);
    if (whole < columns) {
      for (int row = at; row < at + rows * stride; row += stride) {
        ScalarGelu.forward(x, row + whole, row + columns);
      }
    }
  }

  private static void forward(float[] x, int from, int to) {
    int i = from;
    for (; i <= to - STEP; i += STEP) {
      FloatVector value = VectorMath.wide(x, i);
      FloatVector cdf = VectorMath.normalCdf(value, VectorMath.bell(value));
      value.mul(cdf).intoArray(x, i);
    }
    ScalarGelu.forward(x, i, to);
  }

  private static void forwardVectors(float[] x, int at, int rows, int columns, int stride) {
    float[] bells = Scratch.ofThisThread().array(Slot.BELLS, rows * columns);
    for (int row = 0; row < rows; row++) {
      int from = at + row * stride;
      int to = row * columns;
      for (int j = 0; j < columns; j += STEP) {
        VectorMath.bell(VectorMath.wide(x, from + j)).intoArray(bells, to + j);
      }
    }
    for (int row = 0; row < rows; row++) {
      int from = at + row * stride;
      int bell = row * columns;
      for (int j = 0; j < columns; j += STEP) {
        FloatVector value = VectorMath.wide(x, from + j);
        FloatVector cdf = VectorMath.normalCdf(value, VectorMath.wide(bells, bell + j));
        value.mul(cdf).intoArray(x, from + j);
      }
    }
  }

  @Override
  public void backward(float[] dy, float[] x, int at, int rows, int columns, int stride) {
    if (rows == 1 || columns == stride) {
      backward(dy, x, at, at + rows * columns);
      return;
    }
    for (int row = at; row < at + rows * stride; row += stride) {
      backward(dy, x, row, row + columns);
    }
  }

  private static void backward(float[] dy, float[] x, int from, int to) {
    int i = from;
    for (; i <= to - STEP; i += STEP) {
      // First of all: C2 inlines no more helpers behind the exponential.
      FloatVector gradient = VectorMath.wide(dy, i);
      FloatVector value = VectorMath.wide(x, i);
      FloatVector bell = VectorMath.bell(value);
      FloatVector cdf = VectorMath.normalCdf(value, bell);
      FloatVector slope = value.fma(bell.mul(ScalarMath.DENSITY), cdf);
      gradient.mul(slope).intoArray(dy, i);
    }
    ScalarGelu.backward(dy, x, i, to);
  }
}
