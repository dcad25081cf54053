package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.EIGHT;
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

  @Override
  public void forward(
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
      float r = 1f / exponentials(x, start, stride, scale, m);
      scaleRow(x, start, stride, r);
      max.setAtIndex(JAVA_FLOAT, keep + row, m);
      reciprocal.setAtIndex(JAVA_FLOAT, keep + row, r);
    }
  }

  private static void fillRest(MemorySegment x, int row, int width, int stride, float value) {
    for (int j = width; j < stride; j++) {
      x.setAtIndex(JAVA_FLOAT, (long) row * stride + j, value);
    }
  }

  private static float scaledMaximum(MemorySegment x, long start, int stride, float scale) {
    FloatVector low = FloatVector.broadcast(EIGHT, Float.NEGATIVE_INFINITY);
    FloatVector high = low;
    for (long j = 0; j < 4L * stride; j += 64) {
      low = low.max(FloatVector.fromMemorySegment(EIGHT, x, start + j, ORDER).mul(scale));
      high = high.max(FloatVector.fromMemorySegment(EIGHT, x, start + j + 32, ORDER).mul(scale));
    }
    // The maximum has the same bits in any order.
    return low.max(high).reduceLanes(VectorOperators.MAX);
  }

  /** Sums in a loop of its own: with two exponentials in one, C2 inlines neither. */
  private static float exponentials(
      MemorySegment x, long start, int stride, float scale, float max) {
    for (long j = 0; j < 4L * stride; j += 32) {
      exponential(x, start + j, scale, max).intoMemorySegment(x, start + j, ORDER);
    }
    return VectorMath.rowSum(x, start, stride);
  }

  private static FloatVector exponential(MemorySegment x, long at, float scale, float max) {
    return VectorMath.exp(FloatVector.fromMemorySegment(EIGHT, x, at, ORDER).mul(scale).sub(max));
  }

  private static void scaleRow(MemorySegment x, long start, int stride, float factor) {
    for (long j = 0; j < 4L * stride; j += 32) {
      FloatVector.fromMemorySegment(EIGHT, x, start + j, ORDER)
          .mul(factor)
          .intoMemorySegment(x, start + j, ORDER);
    }
  }

  @Override
  public void recompute(
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
      for (long j = 0; j < 4L * stride; j += 32) {
        exponential(x, start + j, scale, m).mul(r).intoMemorySegment(x, start + j, ORDER);
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
      for (long j = 0; j < 4L * stride; j += 32) {
        FloatVector probability = FloatVector.fromMemorySegment(EIGHT, p, start + j, ORDER);
        FloatVector.fromMemorySegment(EIGHT, dp, start + j, ORDER)
            .sub(d)
            .mul(probability)
            .mul(scale)
            .intoMemorySegment(dp, start + j, ORDER);
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
