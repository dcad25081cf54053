package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.core.VectorMath.LANES;
import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static io.github.deit4j.cpu.core.VectorMath.WIDE;
import static io.github.deit4j.cpu.core.VectorMath.WIDE_TYPE;

import io.github.deit4j.cpu.core.VectorMath;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** {@link ScalarLayerScale} in vectors, the tails in its loops. */
final class VectorLayerScale implements LayerScaleKernel {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private final ScalarLayerScale scalar = new ScalarLayerScale();

  @Override
  public void add(
      MemorySegment y,
      MemorySegment base,
      MemorySegment x,
      float[] scale,
      Factors factors,
      long from,
      long to) {
    int whole = WIDE.loopBound(scale.length);
    for (long row = from; row < to; row++) {
      float factor = factors.of(row);
      long start = row * scale.length;
      for (int j = 0; j < whole; j += LANES) {
        FloatVector sum = VectorMath.wide(base, 4 * (start + j));
        FloatVector value = VectorMath.wide(x, 4 * (start + j));
        VectorMath.wide(scale, j)
            .mul(factor)
            .fma(value, sum)
            .intoMemorySegment(NATIVE.cast(y), 4 * (start + j), ORDER);
      }
      ScalarLayerScale.add(y, base, x, scale, factor, start, whole);
    }
  }

  @Override
  public void backward(
      MemorySegment dx, MemorySegment dy, float[] scale, Factors factors, long from, long to) {
    int whole = WIDE.loopBound(scale.length);
    for (long row = from; row < to; row++) {
      float factor = factors.of(row);
      long start = row * scale.length;
      for (int j = 0; j < whole; j += LANES) {
        FloatVector gradient = VectorMath.wide(dy, 4 * (start + j));
        VectorMath.wide(scale, j)
            .mul(factor)
            .mul(gradient)
            .intoMemorySegment(NATIVE.cast(dx), 4 * (start + j), ORDER);
      }
      ScalarLayerScale.backward(dx, dy, scale, factor, start, whole);
    }
  }

  @Override
  public void scaleGradient(
      MemorySegment dScale,
      MemorySegment dy,
      MemorySegment x,
      int width,
      Factors factors,
      long from,
      long to) {
    long column = from;
    for (; column <= to - 3L * LANES; column += 3L * LANES) {
      threeColumns(dScale, dy, x, width, factors, column);
    }
    scalar.scaleGradient(dScale, dy, x, width, factors, column, to);
  }

  /** Three vectors of channels, so that whole cache lines are read, and few times. */
  private static void threeColumns(
      MemorySegment dScale,
      MemorySegment dy,
      MemorySegment x,
      int width,
      Factors factors,
      long column) {
    long first = 4 * column;
    long second = first + 4L * LANES;
    long third = first + 8L * LANES;
    FloatVector s0 = VectorMath.wide(dScale, first);
    FloatVector s1 = VectorMath.wide(dScale, second);
    FloatVector s2 = VectorMath.wide(dScale, third);
    int rows = factors.rows() * factors.perImage().length;
    for (int row = 0; row < rows; row++) {
      float factor = factors.of(row);
      long at = 4L * row * width;
      s0 = VectorMath.wide(dy, at + first).mul(factor).fma(VectorMath.wide(x, at + first), s0);
      s1 = VectorMath.wide(dy, at + second).mul(factor).fma(VectorMath.wide(x, at + second), s1);
      s2 = VectorMath.wide(dy, at + third).mul(factor).fma(VectorMath.wide(x, at + third), s2);
    }
    ((FloatVector) WIDE_TYPE.cast(s0)).intoMemorySegment(NATIVE.cast(dScale), first, ORDER);
    ((FloatVector) WIDE_TYPE.cast(s1)).intoMemorySegment(NATIVE.cast(dScale), second, ORDER);
    ((FloatVector) WIDE_TYPE.cast(s2)).intoMemorySegment(NATIVE.cast(dScale), third, ORDER);
  }
}
