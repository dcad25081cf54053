package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.core.VectorMath.EIGHT;
import static io.github.deit4j.cpu.core.VectorMath.WIDE;

import io.github.deit4j.cpu.core.VectorMath;
import io.github.deit4j.cpu.kernel.Softmax.ScalarSoftmax;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link ScalarSoftmax} in vectors. The rest of each row's last 16 numbers is filled so that it
 * adds zero to the sums, which leaves their bits alone; so there are no tails.
 */
final class VectorSoftmax implements Softmax {
  private static final int LANES = WIDE.length();

  @Override
  public void exponentials(
      float[] x, int rows, int width, int stride, float scale, float[] max, float[] reciprocal) {
    int padded = Softmax.stride(width);
    // Row after row in each loop, so that the processor need not wait for one row's maximum or sum.
    for (int start = 0; start < rows * stride; start += stride) {
      // scale is positive: the exponential of the fill is zero.
      fill(x, start + width, start + padded, Float.NEGATIVE_INFINITY);
    }
    for (int row = 0; row < rows; row++) {
      int start = row * stride;
      max[row] = scale * largest(x, start, start + padded) + 0f;
    }
    for (int row = 0; row < rows; row++) {
      int start = row * stride;
      int end = start + padded;
      // Not from the array in the loop: what is stored there might overwrite it, as far as C2
      // knows.
      float m = max[row];
      for (int j = start; j < end; j += LANES) {
        exponential(x, j, scale, m).intoArray(x, j);
      }
      reciprocal[row] = 1f / VectorMath.rowSum(x, start, end);
    }
  }

  /** Fills what is left of a row's last 16 numbers. */
  private static void fill(float[] x, int from, int to, float value) {
    if (to - from < EIGHT.length()) {
      for (int j = from; j < to; j++) {
        x[j] = value;
      }
    } else {
      FloatVector values = FloatVector.broadcast(EIGHT, value);
      values.intoArray(x, from);
      values.intoArray(x, to - EIGHT.length());
    }
  }

  private static float largest(float[] x, int start, int end) {
    FloatVector low = FloatVector.broadcast(EIGHT, Float.NEGATIVE_INFINITY);
    FloatVector high = low;
    for (int j = start; j < end; j += 16) {
      low = larger(low, VectorMath.eight(x, j));
      high = larger(high, VectorMath.eight(x, j + 8));
    }
    // The same number in any order.
    return larger(low, high).reduceLanes(VectorOperators.MAX);
  }

  /** Two instructions; max() takes six, for the sake of NaN and −0. */
  private static FloatVector larger(FloatVector a, FloatVector b) {
    FloatVector other = VectorMath.eight(b);
    return VectorMath.eight(a).blend(other, other.compare(VectorOperators.GT, a));
  }

  private static FloatVector exponential(float[] x, int at, float scale, float max) {
    FloatVector scales = FloatVector.broadcast(WIDE, scale);
    return VectorMath.exp(VectorMath.wide(x, at).fma(scales, FloatVector.broadcast(WIDE, -max)));
  }

  @Override
  public void probabilities(
      float[] x, int rows, int width, int stride, float scale, float[] max, float[] reciprocal) {
    for (int row = 0; row < rows; row++) {
      int start = row * stride;
      int end = start + Softmax.stride(width);
      fill(x, start + width, end, 0f);
      float m = max[row];
      float r = reciprocal[row];
      for (int j = start; j < end; j += LANES) {
        exponential(x, j, scale, m).mul(r).intoArray(x, j);
      }
    }
  }

  @Override
  public void backward(float[] dp, float[] p, int rows, int width, int stride, float scale) {
    for (int row = 0; row < rows; row++) {
      int start = row * stride;
      int end = start + Softmax.stride(width);
      fill(dp, start + width, end, 0f);
      // The product is −0, which leaves a sum of −0 alone too.
      fill(p, start + width, end, -0f);
      float d = weightedSum(dp, p, start, end);
      for (int j = start; j < end; j += LANES) {
        FloatVector probability = VectorMath.wide(p, j);
        VectorMath.wide(dp, j).sub(d).mul(probability).mul(scale).intoArray(dp, j);
      }
    }
  }

  private static float weightedSum(float[] dp, float[] p, int start, int end) {
    FloatVector low = FloatVector.zero(EIGHT);
    FloatVector high = FloatVector.zero(EIGHT);
    for (int j = start; j < end; j += 16) {
      FloatVector probability = VectorMath.eight(p, j);
      low = probability.fma(VectorMath.eight(dp, j), low);
      probability = VectorMath.eight(p, j + 8);
      high = probability.fma(VectorMath.eight(dp, j + 8), high);
    }
    return VectorMath.sum(low, high);
  }
}
