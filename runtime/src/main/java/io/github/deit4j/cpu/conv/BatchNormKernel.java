package io.github.deit4j.cpu.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Batch normalisation (Ioffe and Szegedy 2015) of pixels with channels last, as the passes over the
 * numbers that it consists of. Ranges count elements; those of sums are whole pixels. Sums go on
 * from what is there, one chain per channel, pixels in order. {@code t = fma(x − mean, scale,
 * bias)}, and then {@code + residual} where there is one; the difference first, since a ReLU asks
 * for the sign of small t.
 */
public interface BatchNormKernel {
  /**
   * A layer's numbers per channel.
   *
   * @param mean subtracted from x
   * @param scale factor of the difference
   * @param bias added to the product
   * @param relu whether negative t become 0
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not shared
  record Layer(float[] mean, float[] scale, float[] bias, boolean relu) {
    /** Returns the same without the ReLU. */
    public Layer linear() {
      return new Layer(mean, scale, bias, false);
    }

    int channels() {
      return mean.length;
    }
  }

  /**
   * What {@link #backward} computes with, per channel.
   *
   * @param slope factor of {@code x − mean}
   * @param offset added to the product
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not shared
  record Gradient(Layer layer, float[] slope, float[] offset) {}

  /** {@code sums[c] += x}. */
  void addSums(float[] sums, MemorySegment x, long from, long to);

  /** {@code sums[c] = fma(d, d, sums[c])} with {@code d = x − mean}. */
  void addSquares(float[] sums, MemorySegment x, float[] mean, long from, long to);

  /** {@code y = t}, or with relu 0 where t is negative; NaN stays NaN. */
  void forward(
      MemorySegment y, MemorySegment x, MemorySegment residual, Layer layer, long from, long to);

  /** {@code g = dy}, or with relu 0 where t is not positive: the residual's gradient. */
  void residualGradient(
      MemorySegment g,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment residual,
      Layer layer,
      long from,
      long to);

  /**
   * Without a residual, whose gradient is taken for dy instead, and a layer without relu: {@code
   * sums[c] += g, sums[channels + c] = fma(g, x − mean, sums[channels + c])}, with {@code g = dy},
   * or with relu 0 where t is not positive.
   */
  void addGradients(
      float[] sums, MemorySegment dy, MemorySegment x, Layer layer, long from, long to);

  /** {@code dx = fma(scale, g, fma(slope, x − mean, offset))}, with g as in the sums. */
  void backward(
      MemorySegment dx, MemorySegment dy, MemorySegment x, Gradient of, long from, long to);

  /** Returns a case of each op, with ReLU and a residual or without. */
  static List<KernelCase<BatchNormKernel>> cases(int pixels, int channels, RandomGenerator random) {
    int n = pixels * channels;
    int c = channels;
    int first = random.nextInt(pixels + 1) * channels;
    boolean relu = random.nextBoolean();
    boolean added = random.nextBoolean();
    return List.of(
        KernelCase.<BatchNormKernel>whole("batchNormSums", n)
            .arrays(c)
            .call((k, x, f, from, to) -> k.addSums(f[0], x[0], first, n)),
        KernelCase.<BatchNormKernel>whole("batchNormSquares", n)
            .arrays(c, c)
            .call((k, x, f, from, to) -> k.addSquares(f[0], x[0], f[1], first, n)),
        KernelCase.<BatchNormKernel>ranges("batchNorm", n, n, n, n)
            .arrays(c, c, c)
            .call(
                (k, x, f, from, to) -> {
                  Layer layer = new Layer(f[0], f[1], f[2], relu);
                  k.forward(x[0], x[1], added ? x[2] : null, layer, from, to);
                }),
        KernelCase.<BatchNormKernel>ranges("batchNormResidualGradient", n, n, n, n, n)
            .arrays(c, c, c)
            .call(
                (k, x, f, from, to) -> {
                  Layer layer = new Layer(f[0], f[1], f[2], relu);
                  k.residualGradient(x[0], x[1], x[2], x[3], layer, from, to);
                }),
        KernelCase.<BatchNormKernel>whole("batchNormGradientSums", n, n)
            .arrays(2 * c, c, c, c)
            .call(
                (k, x, f, from, to) -> {
                  Layer layer = new Layer(f[1], f[2], f[3], relu);
                  k.addGradients(f[0], x[0], x[1], layer, first, n);
                }),
        KernelCase.<BatchNormKernel>ranges("batchNormBackward", n, n, n, n)
            .arrays(c, c, c, c, c)
            .call(
                (k, x, f, from, to) -> {
                  Layer layer = new Layer(f[0], f[1], f[2], relu);
                  k.backward(x[0], x[1], x[2], new Gradient(layer, f[3], f[4]), from, to);
                }));
  }

  /** The specification. */
  final class ScalarBatchNorm implements BatchNormKernel {
    /** Returns the channel behind one; a division for each number would take most of the time. */
    private static int next(int channel, int channels) {
      return channel + 1 == channels ? 0 : channel + 1;
    }

    @Override
    public void addSums(float[] sums, MemorySegment x, long from, long to) {
      int c = (int) (from % sums.length);
      for (long i = from; i < to; i++, c = next(c, sums.length)) {
        sums[c] += x.getAtIndex(JAVA_FLOAT, i);
      }
    }

    @Override
    public void addSquares(float[] sums, MemorySegment x, float[] mean, long from, long to) {
      int c = (int) (from % mean.length);
      for (long i = from; i < to; i++, c = next(c, mean.length)) {
        float difference = x.getAtIndex(JAVA_FLOAT, i) - mean[c];
        sums[c] = Math.fma(difference, difference, sums[c]);
      }
    }

    @Override
    public void forward(
        MemorySegment y, MemorySegment x, MemorySegment residual, Layer layer, long from, long to) {
      int c = (int) (from % layer.channels());
      for (long i = from; i < to; i++, c = next(c, layer.channels())) {
        float t = affine(x, residual, layer, i, c);
        y.setAtIndex(JAVA_FLOAT, i, layer.relu() && t < 0 ? 0f : t);
      }
    }

    private static float affine(
        MemorySegment x, MemorySegment residual, Layer layer, long i, int c) {
      float difference = x.getAtIndex(JAVA_FLOAT, i) - layer.mean()[c];
      float t = Math.fma(difference, layer.scale()[c], layer.bias()[c]);
      return residual == null ? t : t + residual.getAtIndex(JAVA_FLOAT, i);
    }

    private static float gradient(
        MemorySegment dy, MemorySegment x, MemorySegment residual, Layer layer, long i, int c) {
      float gradient = dy.getAtIndex(JAVA_FLOAT, i);
      if (!layer.relu()) {
        return gradient;
      }
      // No branch: half of the numbers take either side, and no processor foresees which.
      int mask = affine(x, residual, layer, i, c) > 0 ? -1 : 0;
      return Float.intBitsToFloat(Float.floatToRawIntBits(gradient) & mask);
    }

    @Override
    public void residualGradient(
        MemorySegment g,
        MemorySegment dy,
        MemorySegment x,
        MemorySegment residual,
        Layer layer,
        long from,
        long to) {
      int c = (int) (from % layer.channels());
      for (long i = from; i < to; i++, c = next(c, layer.channels())) {
        g.setAtIndex(JAVA_FLOAT, i, gradient(dy, x, residual, layer, i, c));
      }
    }

    @Override
    public void addGradients(
        float[] sums, MemorySegment dy, MemorySegment x, Layer layer, long from, long to) {
      int channels = layer.channels();
      int c = (int) (from % channels);
      for (long i = from; i < to; i++, c = next(c, channels)) {
        float g = gradient(dy, x, null, layer, i, c);
        float difference = x.getAtIndex(JAVA_FLOAT, i) - layer.mean()[c];
        sums[c] += g;
        sums[channels + c] = Math.fma(g, difference, sums[channels + c]);
      }
    }

    @Override
    public void backward(
        MemorySegment dx, MemorySegment dy, MemorySegment x, Gradient of, long from, long to) {
      Layer layer = of.layer();
      int c = (int) (from % layer.channels());
      for (long i = from; i < to; i++, c = next(c, layer.channels())) {
        float g = gradient(dy, x, null, layer, i, c);
        float difference = x.getAtIndex(JAVA_FLOAT, i) - layer.mean()[c];
        float rest = Math.fma(of.slope()[c], difference, of.offset()[c]);
        dx.setAtIndex(JAVA_FLOAT, i, Math.fma(layer.scale()[c], g, rest));
      }
    }
  }
}
