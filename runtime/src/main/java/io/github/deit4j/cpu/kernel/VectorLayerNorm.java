package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.core.VectorMath.EIGHT;
import static io.github.deit4j.cpu.core.VectorMath.EIGHT_TYPE;
import static io.github.deit4j.cpu.core.VectorMath.LANES;
import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static io.github.deit4j.cpu.core.VectorMath.WIDE_TYPE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Lanes;
import io.github.deit4j.cpu.core.VectorMath;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * {@link ScalarLayerNorm} in vectors for widths that are multiples of 16, as in every DeiT; other
 * widths go to the scalar loops. Parameter gradients take three vectors of columns at a time.
 */
final class VectorLayerNorm implements LayerNormKernel {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STEP = EIGHT.length();

  private final ScalarLayerNorm scalar = new ScalarLayerNorm();

  @Override
  public void forward(
      MemorySegment y,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      float epsilon,
      int width,
      long from,
      long to) {
    if (width % Lanes.COUNT != 0) {
      scalar.forward(y, mean, rstd, x, weight, bias, epsilon, width, from, to);
      return;
    }
    float[] numbers = new float[width];
    float[] weights = weight.asSlice(0, 4L * width).toArray(JAVA_FLOAT);
    float[] biases = bias.asSlice(0, 4L * width).toArray(JAVA_FLOAT);
    for (long row = from; row < to; row++) {
      long start = 4 * row * width;
      MemorySegment.copy(x, JAVA_FLOAT, start, numbers, 0, width);
      float m = VectorMath.rowSum(numbers, 0, width) / width;
      float r = 1f / (float) Math.sqrt(squaredDistance(numbers, m) / width + epsilon);
      normalize(numbers, weights, biases, m, r);
      MemorySegment.copy(numbers, 0, y, JAVA_FLOAT, start, width);
      mean.setAtIndex(JAVA_FLOAT, row, m);
      rstd.setAtIndex(JAVA_FLOAT, row, r);
    }
  }

  private static float squaredDistance(float[] x, float mean) {
    FloatVector low = FloatVector.zero(EIGHT);
    FloatVector high = FloatVector.zero(EIGHT);
    for (int j = 0; j < x.length; j += 16) {
      FloatVector d = VectorMath.eight(x, j).sub(mean);
      FloatVector e = VectorMath.eight(x, j + 8).sub(mean);
      low = d.fma(d, low);
      high = e.fma(e, high);
    }
    return VectorMath.sum(low, high);
  }

  private static void normalize(float[] x, float[] weight, float[] bias, float mean, float rstd) {
    for (int j = 0; j < x.length; j += 8) {
      FloatVector n = VectorMath.eight(x, j).sub(mean).mul(rstd);
      n.fma(VectorMath.eight(weight, j), VectorMath.eight(bias, j)).intoArray(x, j);
    }
  }

  @Override
  public void backward(
      MemorySegment dx,
      MemorySegment base,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      int width,
      long from,
      long to) {
    if (width % Lanes.COUNT != 0) {
      scalar.backward(dx, base, dy, x, weight, mean, rstd, width, from, to);
      return;
    }
    for (long row = from; row < to; row++) {
      float m = mean.getAtIndex(JAVA_FLOAT, row);
      float r = rstd.getAtIndex(JAVA_FLOAT, row);
      backwardRow(dx, base, dy, x, weight, 4 * row * width, width, m, r);
    }
  }

  private static void backwardRow(
      MemorySegment dx,
      MemorySegment base,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment weight,
      long start,
      int width,
      float m,
      float r) {
    FloatVector sumLow = FloatVector.zero(EIGHT);
    FloatVector sumHigh = FloatVector.zero(EIGHT);
    FloatVector productLow = FloatVector.zero(EIGHT);
    FloatVector productHigh = FloatVector.zero(EIGHT);
    for (int j = 0; j < 4 * width; j += 64) {
      FloatVector g = VectorMath.eight(dy, start + j).mul(VectorMath.eight(weight, j));
      FloatVector n = VectorMath.eight(x, start + j).sub(m).mul(r);
      sumLow = g.add(sumLow);
      productLow = g.fma(n, productLow);
      g = VectorMath.eight(dy, start + j + 32).mul(VectorMath.eight(weight, j + 32));
      n = VectorMath.eight(x, start + j + 32).sub(m).mul(r);
      sumHigh = g.add(sumHigh);
      productHigh = g.fma(n, productHigh);
    }
    float s = VectorMath.sum(sumLow, sumHigh) / width;
    FloatVector t = FloatVector.broadcast(EIGHT, VectorMath.sum(productLow, productHigh) / width);
    FloatVector rs = (FloatVector) EIGHT_TYPE.cast(FloatVector.broadcast(EIGHT, r));
    // Loads are written out: C2 inlines no more helpers into a method this large.
    for (int j = 0; j < 4 * width; j += 32) {
      FloatVector gradient =
          FloatVector.fromMemorySegment(EIGHT, NATIVE.cast(dy), start + j, ORDER);
      FloatVector value = FloatVector.fromMemorySegment(EIGHT, NATIVE.cast(x), start + j, ORDER);
      FloatVector old = FloatVector.fromMemorySegment(EIGHT, NATIVE.cast(base), start + j, ORDER);
      FloatVector g =
          ((FloatVector) EIGHT_TYPE.cast(gradient))
              .mul(FloatVector.fromMemorySegment(EIGHT, NATIVE.cast(weight), j, ORDER));
      FloatVector n = ((FloatVector) EIGHT_TYPE.cast(value)).sub(m).mul(r);
      FloatVector inner = n.neg().fma(t, g.sub(s));
      FloatVector sum = rs.fma(inner, old);
      ((FloatVector) EIGHT_TYPE.cast(sum)).intoMemorySegment(NATIVE.cast(dx), start + j, ORDER);
    }
  }

  @Override
  public void parameterGradients(
      MemorySegment dWeight,
      MemorySegment dBias,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment mean,
      MemorySegment rstd,
      int width,
      int rows,
      long from,
      long to) {
    long column = from;
    for (; column <= to - 3L * LANES; column += 3L * LANES) {
      threeColumns(dWeight, dBias, dy, x, mean, rstd, width, rows, column);
    }
    for (; column <= to - STEP; column += STEP) {
      FloatVector dw = VectorMath.eight(dWeight, 4 * column);
      FloatVector db = VectorMath.eight(dBias, 4 * column);
      long at = 4 * column;
      for (int row = 0; row < rows; row++) {
        float m = mean.getAtIndex(JAVA_FLOAT, row);
        float r = rstd.getAtIndex(JAVA_FLOAT, row);
        FloatVector n = VectorMath.eight(x, at).sub(m).mul(r);
        FloatVector g = VectorMath.eight(dy, at);
        dw = g.fma(n, dw);
        db = g.add(db);
        at += 4L * width;
      }
      VectorMath.eight(dw).intoMemorySegment(NATIVE.cast(dWeight), 4 * column, ORDER);
      VectorMath.eight(db).intoMemorySegment(NATIVE.cast(dBias), 4 * column, ORDER);
    }
    scalar.parameterGradients(dWeight, dBias, dy, x, mean, rstd, width, rows, column, to);
  }

  /**
   * The same of three vectors of columns, so that whole cache lines are read, and few times: 2.2 to
   * 3.7 times as fast as half a line of each row at a time where the numbers were in a cache.
   */
  private static void threeColumns(
      MemorySegment dWeight,
      MemorySegment dBias,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment mean,
      MemorySegment rstd,
      int width,
      int rows,
      long column) {
    long first = 4 * column;
    long second = first + 4L * LANES;
    long third = first + 8L * LANES;
    FloatVector dw0 = VectorMath.wide(dWeight, first);
    FloatVector dw1 = VectorMath.wide(dWeight, second);
    FloatVector dw2 = VectorMath.wide(dWeight, third);
    FloatVector db0 = VectorMath.wide(dBias, first);
    FloatVector db1 = VectorMath.wide(dBias, second);
    FloatVector db2 = VectorMath.wide(dBias, third);
    for (int row = 0; row < rows; row++) {
      float m = mean.getAtIndex(JAVA_FLOAT, row);
      float r = rstd.getAtIndex(JAVA_FLOAT, row);
      long at = 4L * row * width;
      FloatVector g0 = VectorMath.wide(dy, at + first);
      FloatVector g1 = VectorMath.wide(dy, at + second);
      FloatVector g2 = VectorMath.wide(dy, at + third);
      dw0 = g0.fma(VectorMath.wide(x, at + first).sub(m).mul(r), dw0);
      dw1 = g1.fma(VectorMath.wide(x, at + second).sub(m).mul(r), dw1);
      dw2 = g2.fma(VectorMath.wide(x, at + third).sub(m).mul(r), dw2);
      db0 = g0.add(db0);
      db1 = g1.add(db1);
      db2 = g2.add(db2);
    }
    ((FloatVector) WIDE_TYPE.cast(dw0)).intoMemorySegment(NATIVE.cast(dWeight), first, ORDER);
    ((FloatVector) WIDE_TYPE.cast(dw1)).intoMemorySegment(NATIVE.cast(dWeight), second, ORDER);
    ((FloatVector) WIDE_TYPE.cast(dw2)).intoMemorySegment(NATIVE.cast(dWeight), third, ORDER);
    ((FloatVector) WIDE_TYPE.cast(db0)).intoMemorySegment(NATIVE.cast(dBias), first, ORDER);
    ((FloatVector) WIDE_TYPE.cast(db1)).intoMemorySegment(NATIVE.cast(dBias), second, ORDER);
    ((FloatVector) WIDE_TYPE.cast(db2)).intoMemorySegment(NATIVE.cast(dBias), third, ORDER);
  }
}
