package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.core.KernelCase;
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
  record Rows(MemorySegment x, MemorySegment mean, MemorySegment rstd, int count, int width) {}

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
}
