package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.core.VectorMath.EIGHT;
import static io.github.deit4j.cpu.core.VectorMath.LANES;
import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static io.github.deit4j.cpu.core.VectorMath.WIDE_TYPE;

import io.github.deit4j.cpu.core.VectorMath;
import io.github.deit4j.cpu.kernel.LayerScaleKernel.ScalarLayerScale;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * {@link ScalarLayerScale} in vectors for widths that fill them, as in every DeiT; other widths go
 * to the scalar loops.
 */
final class VectorLayerScale implements LayerScaleKernel {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STEP = EIGHT.length();

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
    if (scale.length % LANES != 0) {
      scalar.add(y, base, x, scale, factors, from, to);
      return;
    }
    for (long row = from; row < to; row++) {
      float factor = factors.of(row);
      long start = 4 * row * scale.length;
      for (int j = 0; j < scale.length; j += LANES) {
        long i = start + 4L * j;
        FloatVector sum = VectorMath.wide(base, i);
        FloatVector value = VectorMath.wide(x, i);
        FloatVector m = VectorMath.wide(scale, j).mul(factor);
        m.fma(value, sum).intoMemorySegment(NATIVE.cast(y), i, ORDER);
      }
    }
  }

  @Override
  public void backward(
      MemorySegment dx, MemorySegment dy, float[] scale, Factors factors, long from, long to) {
    if (scale.length % LANES != 0) {
      scalar.backward(dx, dy, scale, factors, from, to);
      return;
    }
    for (long row = from; row < to; row++) {
      float factor = factors.of(row);
      long start = 4 * row * scale.length;
      for (int j = 0; j < scale.length; j += LANES) {
        long i = start + 4L * j;
        FloatVector gradient = VectorMath.wide(dy, i);
        FloatVector m = VectorMath.wide(scale, j).mul(factor);
        m.mul(gradient).intoMemorySegment(NATIVE.cast(dx), i, ORDER);
      }
    }
  }

  @Override
  public void scaleGradient(
      MemorySegment ds, MemorySegment dy, MemorySegment x, Factors factors, long from, long to) {
    long column = from;
    for (; column <= to - 3L * LANES; column += 3L * LANES) {
      threeColumns(ds, dy, x, factors, 4 * column);
    }
    int rows = factors.rows() * factors.perImage().length;
    for (; column <= to - STEP; column += STEP) {
      FloatVector sum = VectorMath.eight(ds, 4 * column);
      long i = 4 * column;
      for (int row = 0; row < rows; row++) {
        sum = VectorMath.eight(dy, i).mul(factors.of(row)).fma(VectorMath.eight(x, i), sum);
        i += 4L * factors.width();
      }
      VectorMath.eight(sum).intoMemorySegment(NATIVE.cast(ds), 4 * column, ORDER);
    }
    scalar.scaleGradient(ds, dy, x, factors, column, to);
  }

  /** Three vectors of channels, so that whole cache lines are read, and few times. */
  private static void threeColumns(
      MemorySegment ds, MemorySegment dy, MemorySegment x, Factors factors, long first) {
    long second = first + 4L * LANES;
    long third = first + 8L * LANES;
    FloatVector s0 = VectorMath.wide(ds, first);
    FloatVector s1 = VectorMath.wide(ds, second);
    FloatVector s2 = VectorMath.wide(ds, third);
    int rows = factors.rows() * factors.perImage().length;
    for (int row = 0; row < rows; row++) {
      float factor = factors.of(row);
      long at = 4L * row * factors.width();
      s0 = VectorMath.wide(dy, at + first).mul(factor).fma(VectorMath.wide(x, at + first), s0);
      s1 = VectorMath.wide(dy, at + second).mul(factor).fma(VectorMath.wide(x, at + second), s1);
      s2 = VectorMath.wide(dy, at + third).mul(factor).fma(VectorMath.wide(x, at + third), s2);
    }
    ((FloatVector) WIDE_TYPE.cast(s0)).intoMemorySegment(NATIVE.cast(ds), first, ORDER);
    ((FloatVector) WIDE_TYPE.cast(s1)).intoMemorySegment(NATIVE.cast(ds), second, ORDER);
    ((FloatVector) WIDE_TYPE.cast(s2)).intoMemorySegment(NATIVE.cast(ds), third, ORDER);
  }
}
