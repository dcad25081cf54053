package io.github.deit4j.cpu.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.op.ConvolutionOps.MapSizes;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Ops on one image of a feature map with channels last, {@code pixels × channels} numbers from
 * element {@code image·pixels·channels}; per channel, from element {@code image·channels}.
 */
public interface Channels {
  /** {@code y[c] = (Σ x)·(1/pixels)}, one chain per channel from 0, pixels in order. */
  void average(MemorySegment y, MemorySegment x, MapSizes sizes, int image);

  /** {@code dx = fma(dy[c], 1/pixels, base)} for every pixel. */
  void averageBackward(
      MemorySegment dx, MemorySegment base, MemorySegment dy, MapSizes sizes, int image);

  /** {@code y = x·s[c]}. */
  void scale(MemorySegment y, MemorySegment x, MemorySegment s, MapSizes sizes, int image);

  /** {@code dx = dy·s[c], ds[c] = Σ dy·x}, one fused chain per channel from 0, pixels in order. */
  void scaleBackward(
      MemorySegment dx,
      MemorySegment ds,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment s,
      MapSizes sizes,
      int image);

  /** Returns a case of each op, on one of two images of {@code pixels} pixels. */
  static List<KernelCase<Channels>> cases(int pixels, int channels, RandomGenerator random) {
    int image = random.nextInt(2);
    MapSizes sizes = new MapSizes(2, pixels, channels);
    long n = 2L * pixels * channels;
    long c = 2L * channels;
    return List.of(
        KernelCase.<Channels>whole("averagePool", c, n)
            .call((k, x, f, from, to) -> k.average(x[0], x[1], sizes, image)),
        KernelCase.<Channels>whole("averagePoolBackward", n, n, c)
            .call((k, x, f, from, to) -> k.averageBackward(x[0], x[1], x[2], sizes, image)),
        KernelCase.<Channels>whole("scaleChannels", n, n, c)
            .call((k, x, f, from, to) -> k.scale(x[0], x[1], x[2], sizes, image)),
        KernelCase.<Channels>whole("scaleChannelsBackward", n, c, n, n, c)
            .call(
                (k, x, f, from, to) ->
                    k.scaleBackward(x[0], x[1], x[2], x[3], x[4], sizes, image)));
  }

  /** The specification. */
  final class ScalarChannels implements Channels {
    @Override
    public void average(MemorySegment y, MemorySegment x, MapSizes sizes, int image) {
      int channels = sizes.channels();
      for (int c = 0; c < channels; c++) {
        float sum = 0;
        for (int pixel = 0; pixel < sizes.pixels(); pixel++) {
          sum += x.getAtIndex(JAVA_FLOAT, ((long) image * sizes.pixels() + pixel) * channels + c);
        }
        y.setAtIndex(JAVA_FLOAT, (long) image * channels + c, sum * (1f / sizes.pixels()));
      }
    }

    @Override
    public void averageBackward(
        MemorySegment dx, MemorySegment base, MemorySegment dy, MapSizes sizes, int image) {
      int channels = sizes.channels();
      long n = (long) sizes.pixels() * channels;
      for (long i = image * n; i < (image + 1) * n; i++) {
        float gradient = dy.getAtIndex(JAVA_FLOAT, (long) image * channels + i % channels);
        float start = base.getAtIndex(JAVA_FLOAT, i);
        dx.setAtIndex(JAVA_FLOAT, i, Math.fma(gradient, 1f / sizes.pixels(), start));
      }
    }

    @Override
    public void scale(
        MemorySegment y, MemorySegment x, MemorySegment s, MapSizes sizes, int image) {
      int channels = sizes.channels();
      long n = (long) sizes.pixels() * channels;
      for (long i = image * n; i < (image + 1) * n; i++) {
        float factor = s.getAtIndex(JAVA_FLOAT, (long) image * channels + i % channels);
        y.setAtIndex(JAVA_FLOAT, i, x.getAtIndex(JAVA_FLOAT, i) * factor);
      }
    }

    @Override
    public void scaleBackward(
        MemorySegment dx,
        MemorySegment ds,
        MemorySegment dy,
        MemorySegment x,
        MemorySegment s,
        MapSizes sizes,
        int image) {
      int channels = sizes.channels();
      for (int c = 0; c < channels; c++) {
        float sum = 0;
        for (int pixel = 0; pixel < sizes.pixels(); pixel++) {
          long i = ((long) image * sizes.pixels() + pixel) * channels + c;
          sum = Math.fma(dy.getAtIndex(JAVA_FLOAT, i), x.getAtIndex(JAVA_FLOAT, i), sum);
        }
        ds.setAtIndex(JAVA_FLOAT, (long) image * channels + c, sum);
      }
      scale(dx, dy, s, sizes, image);
    }
  }
}
