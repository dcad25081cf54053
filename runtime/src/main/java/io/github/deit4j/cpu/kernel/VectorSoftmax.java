package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.EIGHT;
import static io.github.deit4j.cpu.kernel.VectorMath.WIDE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link ScalarSoftmax} in vectors. The rest of each row's last 16 numbers is filled so that it
 * adds zero to the sums, which leaves their bits alone; so there are no tails.
 */
final class VectorSoftmax implements Softmax {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = WIDE.length();

  @Override
  public void exponentials(
      MemorySegment x,
      int rows,
      int width,
      int stride,
      float scale,
      MemorySegment max,
      MemorySegment reciprocal,
      long keep) {
    for (int row = 0; row < rows; row++) {
      long start = 4L * row * stride;
      // scale is positive, so the fill stays below every score and its exponential is zero.
      fillRest(x, row, width, stride, Float.NEGATIVE_INFINITY);
      float m = scaledMaximum(x, start, stride, scale);
      exponentialRow(x, start, stride, scale, m);
      max.setAtIndex(JAVA_FLOAT, keep + row, m);
      reciprocal.setAtIndex(JAVA_FLOAT, keep + row, 1f / VectorMath.rowSum(x, start, stride));
    }
  }

  private static void fillRest(MemorySegment x, int row, int width, int stride, float value) {
    for (int j = width; j < stride; j++) {
      x.setAtIndex(JAVA_FLOAT, (long) row * stride + j, value);
    }
  }

  private static float scaledMaximum(MemorySegment x, long start, int stride, float scale) {
    FloatVector max = FloatVector.broadcast(WIDE, Float.NEGATIVE_INFINITY);
    for (int j = 0; j < stride; j += LANES) {
      max = max.max(FloatVector.fromMemorySegment(WIDE, x, start + 4L * j, ORDER).mul(scale));
    }
    // The maximum has the same bits in any order.
    return max.reduceLanes(VectorOperators.MAX);
  }

  private static void exponentialRow(
      MemorySegment x, long start, int stride, float scale, float max) {
    for (int j = 0; j < stride; j += LANES) {
      exponential(x, start + 4L * j, scale, max).intoMemorySegment(x, start + 4L * j, ORDER);
    }
  }

  private static FloatVector exponential(MemorySegment x, long at, float scale, float max) {
    return VectorMath.exp(FloatVector.fromMemorySegment(WIDE, x, at, ORDER).mul(scale).sub(max));
  }

  @Override
  public void probabilities(
      MemorySegment x,
      int rows,
      int width,
      int stride,
      float scale,
      MemorySegment max,
      MemorySegment reciprocal,
      long keep) {
    for (int row = 0; row < rows; row++) {
      long start = 4L * row * stride;
      float m = max.getAtIndex(JAVA_FLOAT, keep + row);
      float r = reciprocal.getAtIndex(JAVA_FLOAT, keep + row);
      fillRest(x, row, width, stride, 0f);
      for (int j = 0; j < stride; j += LANES) {
        exponential(x, start + 4L * j, scale, m).mul(r).intoMemorySegment(x, start + 4L * j, ORDER);
      }
    }
  }

  @Override
  public void backward(
      MemorySegment dp, MemorySegment p, int rows, int width, int stride, float scale) {
    for (int row = 0; row < rows; row++) {
      long start = 4L * row * stride;
      fillRest(dp, row, width, stride, 0f);
      // The product is −0, which leaves a sum of −0 alone too.
      fillRest(p, row, width, stride, -0f);
      float d = weightedSum(dp, p, start, stride);
      for (int j = 0; j < stride; j += LANES) {
        long at = start + 4L * j;
        FloatVector probability = FloatVector.fromMemorySegment(WIDE, p, at, ORDER);
        FloatVector.fromMemorySegment(WIDE, dp, at, ORDER)
            .sub(d)
            .mul(probability)
            .mul(scale)
            .intoMemorySegment(dp, at, ORDER);
      }
    }
  }

  private static float weightedSum(MemorySegment dp, MemorySegment p, long start, int stride) {
    FloatVector low = FloatVector.zero(EIGHT);
    FloatVector high = FloatVector.zero(EIGHT);
    for (long j = 0; j < 4L * stride; j += 64) {
      FloatVector probability = FloatVector.fromMemorySegment(EIGHT, p, start + j, ORDER);
      low = probability.fma(FloatVector.fromMemorySegment(EIGHT, dp, start + j, ORDER), low);
      probability = FloatVector.fromMemorySegment(EIGHT, p, start + j + 32, ORDER);
      high = probability.fma(FloatVector.fromMemorySegment(EIGHT, dp, start + j + 32, ORDER), high);
    }
    return VectorMath.sum(low, high);
  }
}
