package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.EIGHT;
import static io.github.deit4j.cpu.kernel.VectorMath.WIDE;

import java.util.Arrays;
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
    for (int row = 0; row < rows; row++) {
      int start = row * stride;
      int end = start + Softmax.stride(width);
      // scale is positive: the exponential of the fill is zero.
      Arrays.fill(x, start + width, end, Float.NEGATIVE_INFINITY);
      float m = scale * largest(x, start, end) + 0f;
      for (int j = start; j < end; j += LANES) {
        exponential(x, j, scale, m).intoArray(x, j);
      }
      max[row] = m;
      reciprocal[row] = 1f / VectorMath.rowSum(x, start, end);
    }
  }

  private static float largest(float[] x, int start, int end) {
    FloatVector largest = FloatVector.broadcast(WIDE, Float.NEGATIVE_INFINITY);
    for (int j = start; j < end; j += LANES) {
      FloatVector value = FloatVector.fromArray(WIDE, x, j);
      // Two instructions; max() takes six, for the sake of NaN and −0.
      largest = largest.blend(value, value.compare(VectorOperators.GT, largest));
    }
    // The same number in any order.
    return largest.reduceLanes(VectorOperators.MAX);
  }

  private static FloatVector exponential(float[] x, int at, float scale, float max) {
    FloatVector scales = FloatVector.broadcast(WIDE, scale);
    return VectorMath.exp(
        FloatVector.fromArray(WIDE, x, at).fma(scales, FloatVector.broadcast(WIDE, -max)));
  }

  @Override
  public void probabilities(
      float[] x, int rows, int width, int stride, float scale, float[] max, float[] reciprocal) {
    for (int row = 0; row < rows; row++) {
      int start = row * stride;
      int end = start + Softmax.stride(width);
      Arrays.fill(x, start + width, end, 0f);
      for (int j = start; j < end; j += LANES) {
        exponential(x, j, scale, max[row]).mul(reciprocal[row]).intoArray(x, j);
      }
    }
  }

  @Override
  public void backward(float[] dp, float[] p, int rows, int width, int stride, float scale) {
    for (int row = 0; row < rows; row++) {
      int start = row * stride;
      int end = start + Softmax.stride(width);
      Arrays.fill(dp, start + width, end, 0f);
      // The product is −0, which leaves a sum of −0 alone too.
      Arrays.fill(p, start + width, end, -0f);
      float d = weightedSum(dp, p, start, end);
      for (int j = start; j < end; j += LANES) {
        FloatVector probability = FloatVector.fromArray(WIDE, p, j);
        FloatVector.fromArray(WIDE, dp, j).sub(d).mul(probability).mul(scale).intoArray(dp, j);
      }
    }
  }

  private static float weightedSum(float[] dp, float[] p, int start, int end) {
    FloatVector low = FloatVector.zero(EIGHT);
    FloatVector high = FloatVector.zero(EIGHT);
    for (int j = start; j < end; j += 16) {
      FloatVector probability = FloatVector.fromArray(EIGHT, p, j);
      low = probability.fma(FloatVector.fromArray(EIGHT, dp, j), low);
      probability = FloatVector.fromArray(EIGHT, p, j + 8);
      high = probability.fma(FloatVector.fromArray(EIGHT, dp, j + 8), high);
    }
    return VectorMath.sum(low, high);
  }
}
