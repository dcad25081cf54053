package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.core.VectorMath.EIGHT;
import static io.github.deit4j.cpu.core.VectorMath.EIGHT_TYPE;
import static io.github.deit4j.cpu.core.VectorMath.LANES;
import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static io.github.deit4j.cpu.core.VectorMath.WIDE_TYPE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Lanes;
import io.github.deit4j.cpu.core.VectorMath;
import io.github.deit4j.cpu.kernel.LayerNormKernel.ScalarLayerNorm;
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
      Rows rows,
      MemorySegment weight,
      MemorySegment bias,
      float epsilon,
      long from,
      long to) {
    int width = rows.width();
    if (width % Lanes.COUNT != 0) {
      scalar.forward(y, rows, weight, bias, epsilon, from, to);
      return;
    }
    MemorySegment x = rows.x();
    MemorySegment mean = rows.mean();
    MemorySegment rstd = rows.rstd();
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
      Rows rows,
      MemorySegment weight,
      long from,
      long to) {
    if (rows.width() % Lanes.COUNT != 0) {
      scalar.backward(dx, base, dy, rows, weight, from, to);
      return;
    }
    for (long row = from; row < to; row++) {
      backwardRow(dx, base, dy, rows, weight, row);
    }
  }

  private static void backwardRow(
      MemorySegment dx,
      MemorySegment base,
      MemorySegment dy,
      Rows rows,
      MemorySegment weight,
      long row) {
    MemorySegment x = rows.x();
    int width = rows.width();
    long start = 4 * row * width;
    float m = rows.mean().getAtIndex(JAVA_FLOAT, row);
    float r = rows.rstd().getAtIndex(JAVA_FLOAT, row);
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
      MemorySegment dw, MemorySegment db, MemorySegment dy, Rows rows, long from, long to) {
    MemorySegment x = rows.x();
    MemorySegment mean = rows.mean();
    MemorySegment rstd = rows.rstd();
    int count = rows.count();
    long stride = 4L * rows.width();
    long column = from;
    for (; column <= to - 3L * LANES; column += 3L * LANES) {
      threeColumns(dw, db, dy, rows, 4 * column);
    }
    for (; column <= to - STEP; column += STEP) {
      FloatVector weight = VectorMath.eight(dw, 4 * column);
      FloatVector bias = VectorMath.eight(db, 4 * column);
      long at = 4 * column;
      for (int row = 0; row < count; row++) {
        float m = mean.getAtIndex(JAVA_FLOAT, row);
        float r = rstd.getAtIndex(JAVA_FLOAT, row);
        FloatVector n = VectorMath.eight(x, at).sub(m).mul(r);
        FloatVector g = VectorMath.eight(dy, at);
        weight = g.fma(n, weight);
        bias = g.add(bias);
        at += stride;
      }
      VectorMath.eight(weight).intoMemorySegment(NATIVE.cast(dw), 4 * column, ORDER);
      VectorMath.eight(bias).intoMemorySegment(NATIVE.cast(db), 4 * column, ORDER);
    }
    scalar.parameterGradients(dw, db, dy, rows, column, to);
  }

  /**
   * The same of three vectors of columns, so that whole cache lines are read, and few times: 2.2 to
   * 3.7 times as fast as half a line of each row at a time where the numbers were in a cache.
   */
  private static void threeColumns(
      MemorySegment dw, MemorySegment db, MemorySegment dy, Rows rows, long first) {
    MemorySegment x = rows.x();
    MemorySegment mean = rows.mean();
    MemorySegment rstd = rows.rstd();
    int count = rows.count();
    int width = rows.width();
    long second = first + 4L * LANES;
    long third = first + 8L * LANES;
    FloatVector dw0 = VectorMath.wide(dw, first);
    FloatVector dw1 = VectorMath.wide(dw, second);
    FloatVector dw2 = VectorMath.wide(dw, third);
    FloatVector db0 = VectorMath.wide(db, first);
    FloatVector db1 = VectorMath.wide(db, second);
    FloatVector db2 = VectorMath.wide(db, third);
    for (int row = 0; row < count; row++) {
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
    ((FloatVector) WIDE_TYPE.cast(dw0)).intoMemorySegment(NATIVE.cast(dw), first, ORDER);
    ((FloatVector) WIDE_TYPE.cast(dw1)).intoMemorySegment(NATIVE.cast(dw), second, ORDER);
    ((FloatVector) WIDE_TYPE.cast(dw2)).intoMemorySegment(NATIVE.cast(dw), third, ORDER);
    ((FloatVector) WIDE_TYPE.cast(db0)).intoMemorySegment(NATIVE.cast(db), first, ORDER);
    ((FloatVector) WIDE_TYPE.cast(db1)).intoMemorySegment(NATIVE.cast(db), second, ORDER);
    ((FloatVector) WIDE_TYPE.cast(db2)).intoMemorySegment(NATIVE.cast(db), third, ORDER);
  }
}
