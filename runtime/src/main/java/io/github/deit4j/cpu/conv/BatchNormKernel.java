package io.github.deit4j.cpu.conv;

import io.github.deit4j.cpu.core.KernelCase;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Batch normalisation (Ioffe and Szegedy 2015) of pixels with channels last, as the passes over the
 * numbers that it consists of. Sums are one chain per channel from 0, pixels in order; whoever
 * calls adds the sums of several images. Ranges count pixels. {@code t = fma(x − mean, scale,
 * bias)}, and then {@code + residual} where there is one; the difference first, since a ReLU asks
 * for the sign of small t.
 */
public interface BatchNormKernel {
  /**
   * A layer's sizes and its numbers per channel.
   *
   * @param channels number of channels
   * @param mean subtracted from x
   * @param scale factor of the difference
   * @param bias added to the product
   * @param relu whether negative t become 0
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not shared
  record Layer(int channels, float[] mean, float[] scale, float[] bias, boolean relu) {}

  /** {@code sums[at + c] = Σ x}. */
  void sums(float[] sums, int at, MemorySegment x, int channels, long from, long to);

  /** {@code sums[at + c] = Σ (x − mean)²}, each term a fused multiply-add of the difference. */
  void squares(
      float[] sums, int at, MemorySegment x, float[] mean, int channels, long from, long to);

  /** {@code y = t}, or with relu 0 where t is negative; NaN stays NaN. */
  void forward(
      MemorySegment y, MemorySegment x, MemorySegment residual, Layer layer, long from, long to);

  /**
   * {@code sums[at + c] = Σ g, products[at + c] = Σ g·(x − mean)}, with {@code g = dy}, or with
   * relu 0 where t is not positive.
   */
  void gradientSums(
      float[] sums,
      float[] products,
      int at,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment residual,
      Layer layer,
      long from,
      long to);

  /**
   * {@code dx = fma(scale, g, fma(slope, x − mean, offset))}.
   *
   * @param dResidual takes g; null where there is no residual
   * @param slope of every channel
   * @param offset of every channel
   */
  void backward(
      MemorySegment dx,
      MemorySegment dResidual,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment residual,
      float[] slope,
      float[] offset,
      Layer layer,
      long from,
      long to);

  /** Returns a case of each op, with ReLU and a residual or without. */
  static List<KernelCase<BatchNormKernel>> cases(int pixels, int channels, RandomGenerator random) {
    long n = (long) pixels * channels;
    int c = channels;
    int first = random.nextInt(pixels + 1);
    boolean relu = random.nextBoolean();
    boolean added = random.nextBoolean();
    return List.of(
        KernelCase.<BatchNormKernel>whole("batchNormSums", n)
            .arrays(c)
            .call((k, x, f, from, to) -> k.sums(f[0], 0, x[0], c, first, pixels)),
        KernelCase.<BatchNormKernel>whole("batchNormSquares", n)
            .arrays(2 * c, c)
            .call((k, x, f, from, to) -> k.squares(f[0], c, x[0], f[1], c, first, pixels)),
        KernelCase.<BatchNormKernel>ranges("batchNorm", pixels, n, n, n)
            .arrays(c, c, c)
            .call(
                (k, x, f, from, to) ->
                    k.forward(
                        x[0],
                        x[1],
                        added ? x[2] : null,
                        new Layer(c, f[0], f[1], f[2], relu),
                        from,
                        to)),
        KernelCase.<BatchNormKernel>whole("batchNormGradientSums", n, n, n)
            .arrays(c, c, c, c, c)
            .call(
                (k, x, f, from, to) ->
                    k.gradientSums(
                        f[0],
                        f[1],
                        0,
                        x[0],
                        x[1],
                        added ? x[2] : null,
                        new Layer(c, f[2], f[3], f[4], relu),
                        first,
                        pixels)),
        KernelCase.<BatchNormKernel>ranges("batchNormBackward", pixels, n, n, n, n, n)
            .arrays(c, c, c, c, c)
            .call(
                (k, x, f, from, to) ->
                    k.backward(
                        x[0],
                        added ? x[1] : null,
                        x[2],
                        x[3],
                        added ? x[4] : null,
                        f[0],
                        f[1],
                        new Layer(c, f[2], f[3], f[4], relu),
                        from,
                        to)));
  }
}
