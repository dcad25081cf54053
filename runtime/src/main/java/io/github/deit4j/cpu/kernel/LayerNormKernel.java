package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.core.Lanes;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Layer normalisation (Ba, Kiros and Hinton 2016) of rows of {@code width} numbers, with biased
 * variance. Ranges count rows, or columns where said. Sums over a row follow the 16-lane rule.
 */
public interface LayerNormKernel {
  /**
   * Rows, and what the backward pass has to know of them.
   *
   * @param x [count, width]
   * @param mean of each row, [count]
   * @param rstd reciprocal deviation of each row, [count]
   */
  record Rows(MemorySegment x, MemorySegment mean, MemorySegment rstd, int count, int width) {
    /** Returns the rows from one on. */
    public Rows from(long row) {
      return new Rows(
          x.asSlice(4 * row * width),
          mean.asSlice(4 * row),
          rstd.asSlice(4 * row),
          (int) (count - row),
          width);
    }
  }

  /**
   * {@code mean = Σx/width}, {@code rstd = 1/√(Σ(x−mean)²/width + epsilon)}, {@code y =
   * fma((x−mean)·rstd, weight, bias)}.
   *
   * @param y [count, width]
   * @param rows whose mean and rstd are written
   */
  void forward(
      MemorySegment y,
      Rows rows,
      MemorySegment weight,
      MemorySegment bias,
      float epsilon,
      long from,
      long to);

  /**
   * With {@code n = (x−mean)·rstd}, {@code g = dy·weight}, {@code s = Σg/width} and {@code t =
   * Σfma(g, n)/width}: {@code dx = base + rstd·(g − s − n·t)}, computed as {@code fma(rstd, fma(−n,
   * t, g − s), base)}.
   *
   * @param base gradient that x already has, [count, width]; may be dx
   */
  void backward(
      MemorySegment dx,
      MemorySegment base,
      MemorySegment dy,
      Rows rows,
      MemorySegment weight,
      long from,
      long to);

  /**
   * Adds row after row: {@code dw = fma(dy, n, dw)}, {@code db += dy}, for the columns from {@code
   * from} up to but without {@code to}.
   */
  void parameterGradients(
      MemorySegment dw, MemorySegment db, MemorySegment dy, Rows rows, long from, long to);

  /** Returns a case of each op; the gradient's now and then in place. */
  static List<KernelCase<LayerNormKernel>> cases(int rows, int width, RandomGenerator random) {
    int n = rows * width;
    int base = random.nextInt(2);
    float epsilon = random.nextBoolean() ? 1e-6f : 0f;
    return List.of(
        KernelCase.<LayerNormKernel>ranges("layerNorm", rows, n, rows, rows, n, width, width)
            .call(
                (k, x, f, from, to) -> {
                  Rows all = new Rows(x[3], x[1], x[2], rows, width);
                  k.forward(x[0], all, x[4], x[5], epsilon, from, to);
                }),
        KernelCase.<LayerNormKernel>ranges("layerNormBackward", rows, n, n, n, n, width, rows, rows)
            .call(
                (k, x, f, from, to) -> {
                  Rows all = new Rows(x[3], x[5], x[6], rows, width);
                  k.backward(x[0], x[base], x[2], all, x[4], from, to);
                }),
        KernelCase.<LayerNormKernel>ranges(
                "layerNormParameterGradients", width, width, width, n, n, rows, rows)
            .call(
                (k, x, f, from, to) -> {
                  Rows all = new Rows(x[3], x[4], x[5], rows, width);
                  k.parameterGradients(x[0], x[1], x[2], all, from, to);
                }));
  }

  /** The specification. */
  final class ScalarLayerNorm implements LayerNormKernel {
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
      float[] weights = floats(weight, width);
      float[] biases = floats(bias, width);
      float[] values = new float[width];
      for (long row = from; row < to; row++) {
        long start = 4 * row * width;
        MemorySegment.copy(rows.x(), JAVA_FLOAT, start, values, 0, width);
        float m = sum(values) / width;
        float r = 1f / (float) Math.sqrt(sumOfSquares(values, m) / width + epsilon);
        normalize(values, m, r, weights, biases);
        MemorySegment.copy(values, 0, y, JAVA_FLOAT, start, width);
        rows.mean().setAtIndex(JAVA_FLOAT, row, m);
        rows.rstd().setAtIndex(JAVA_FLOAT, row, r);
      }
    }

    // Small loops over arrays: a new JVM compiles them in a tenth of the time that one loop over
    // memory segments takes.

    private static float[] floats(MemorySegment memory, int count) {
      float[] floats = new float[count];
      MemorySegment.copy(memory, JAVA_FLOAT, 0, floats, 0, count);
      return floats;
    }

    private static float sum(float[] values) {
      float[] lanes = new float[Lanes.COUNT];
      for (int j = 0; j < values.length; j++) {
        lanes[j % Lanes.COUNT] += values[j];
      }
      return Lanes.sum(lanes);
    }

    private static float sumOfSquares(float[] values, float mean) {
      float[] lanes = new float[Lanes.COUNT];
      for (int j = 0; j < values.length; j++) {
        float d = values[j] - mean;
        lanes[j % Lanes.COUNT] = Math.fma(d, d, lanes[j % Lanes.COUNT]);
      }
      return Lanes.sum(lanes);
    }

    private static void normalize(
        float[] values, float mean, float rstd, float[] weights, float[] biases) {
      for (int j = 0; j < values.length; j++) {
        values[j] = Math.fma((values[j] - mean) * rstd, weights[j], biases[j]);
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
      MemorySegment x = rows.x();
      int width = rows.width();
      for (long row = from; row < to; row++) {
        long start = row * width;
        float m = rows.mean().getAtIndex(JAVA_FLOAT, row);
        float r = rows.rstd().getAtIndex(JAVA_FLOAT, row);
        float[] sums = new float[Lanes.COUNT];
        float[] products = new float[Lanes.COUNT];
        for (int j = 0; j < width; j++) {
          int lane = j % Lanes.COUNT;
          float g = dy.getAtIndex(JAVA_FLOAT, start + j) * weight.getAtIndex(JAVA_FLOAT, j);
          float n = (x.getAtIndex(JAVA_FLOAT, start + j) - m) * r;
          sums[lane] += g;
          products[lane] = Math.fma(g, n, products[lane]);
        }
        float s = Lanes.sum(sums) / width;
        float t = Lanes.sum(products) / width;
        for (int j = 0; j < width; j++) {
          float g = dy.getAtIndex(JAVA_FLOAT, start + j) * weight.getAtIndex(JAVA_FLOAT, j);
          float n = (x.getAtIndex(JAVA_FLOAT, start + j) - m) * r;
          float inner = Math.fma(-n, t, g - s);
          float value = Math.fma(r, inner, base.getAtIndex(JAVA_FLOAT, start + j));
          dx.setAtIndex(JAVA_FLOAT, start + j, value);
        }
      }
    }

    @Override
    public void parameterGradients(
        MemorySegment dw, MemorySegment db, MemorySegment dy, Rows rows, long from, long to) {
      for (long column = from; column < to; column++) {
        float weight = dw.getAtIndex(JAVA_FLOAT, column);
        float bias = db.getAtIndex(JAVA_FLOAT, column);
        for (int row = 0; row < rows.count(); row++) {
          long index = (long) row * rows.width() + column;
          float m = rows.mean().getAtIndex(JAVA_FLOAT, row);
          float r = rows.rstd().getAtIndex(JAVA_FLOAT, row);
          float n = (rows.x().getAtIndex(JAVA_FLOAT, index) - m) * r;
          float g = dy.getAtIndex(JAVA_FLOAT, index);
          weight = Math.fma(g, n, weight);
          bias += g;
        }
        dw.setAtIndex(JAVA_FLOAT, column, weight);
        db.setAtIndex(JAVA_FLOAT, column, bias);
      }
    }
  }
}
