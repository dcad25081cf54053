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
   * {@code mean = Σx/width}, {@code rstd = 1/√(Σ(x−mean)²/width + epsilon)}, {@code y =
   * fma((x−mean)·rstd, weight, bias)}.
   *
   * @param y result, [rows, width]
   * @param mean row means, [rows], kept for the backward pass
   * @param rstd reciprocal row deviations, [rows], kept for the backward pass
   */
  void forward(
      MemorySegment y,
      MemorySegment mean,
      MemorySegment rstd,
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      float epsilon,
      int width,
      long from,
      long to);

  /**
   * With {@code n = (x−mean)·rstd}, {@code g = dy·weight}, {@code s = Σg/width} and {@code t =
   * Σfma(g, n)/width}: {@code dx = base + rstd·(g − s − n·t)}, computed as {@code fma(rstd, fma(−n,
   * t, g − s), base)}.
   *
   * @param base gradient that x already has, [rows, width]; may be dx
   */
  void backward(
      MemorySegment dx,
      MemorySegment base,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment weight,
      MemorySegment mean,
      MemorySegment rstd,
      int width,
      long from,
      long to);

  /**
   * Adds row after row: {@code dWeight = fma(dy, n, dWeight)}, {@code dBias += dy}, for the columns
   * from {@code from} up to but without {@code to}.
   */
  void parameterGradients(
      MemorySegment dWeight,
      MemorySegment dBias,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment mean,
      MemorySegment rstd,
      int width,
      int rows,
      long from,
      long to);

  /** Returns a case of each op; the gradient's now and then in place. */
  static List<KernelCase<LayerNormKernel>> cases(int rows, int width, RandomGenerator random) {
    int n = rows * width;
    int base = random.nextInt(2);
    float epsilon = random.nextBoolean() ? 1e-6f : 0f;
    return List.of(
        KernelCase.<LayerNormKernel>ranges("layerNorm", rows, n, rows, rows, n, width, width)
            .call(
                (k, x, f, from, to) ->
                    k.forward(x[0], x[1], x[2], x[3], x[4], x[5], epsilon, width, from, to)),
        KernelCase.<LayerNormKernel>ranges("layerNormBackward", rows, n, n, n, n, width, rows, rows)
            .call(
                (k, x, f, from, to) ->
                    k.backward(x[0], x[base], x[2], x[3], x[4], x[5], x[6], width, from, to)),
        KernelCase.<LayerNormKernel>ranges(
                "layerNormParameterGradients", width, width, width, n, n, rows, rows)
            .call(
                (k, x, f, from, to) ->
                    k.parameterGradients(
                        x[0], x[1], x[2], x[3], x[4], x[5], width, rows, from, to)));
  }
}
