package io.github.deit4j.cpu.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Ops on one image of a feature map with channels last, {@code pixels × channels} numbers from
 * element {@code image·pixels·channels}; per channel, from element {@code image·channels}.
 */
public interface Channels {
  /** {@code y[c] = (Σ x)·(1/pixels)}, one chain per channel from 0, pixels in order. */
  void average(MemorySegment y, MemorySegment x, int pixels, int channels, int image);

  /** {@code dx = fma(dy[c], 1/pixels, base)} for every pixel. */
  void averageBackward(
      MemorySegment dx, MemorySegment base, MemorySegment dy, int pixels, int channels, int image);

  /** {@code y = x·s[c]}. */
  void scale(
      MemorySegment y, MemorySegment x, MemorySegment s, int pixels, int channels, int image);

  /** {@code dx = dy·s[c], ds[c] = Σ dy·x}, one fused chain per channel from 0, pixels in order. */
  void scaleBackward(
      MemorySegment dx,
      MemorySegment ds,
      MemorySegment dy,
      MemorySegment x,
      MemorySegment s,
      int pixels,
      int channels,
      int image);

  /** Returns a case of each op, on one of two images of {@code pixels} pixels. */
  static List<KernelCase<Channels>> cases(int pixels, int channels, RandomGenerator random) {
    int image = random.nextInt(2);
    long n = 2L * pixels * channels;
    long c = 2L * channels;
    return List.of(
        KernelCase.<Channels>whole("averagePool", c, n)
            .call((k, x, f, from, to) -> k.average(x[0], x[1], pixels, channels, image)),
        KernelCase.<Channels>whole("averagePoolBackward", n, n, c)
            .call(
                (k, x, f, from, to) ->
                    k.averageBackward(x[0], x[1], x[2], pixels, channels, image)),
        KernelCase.<Channels>whole("scaleChannels", n, n, c)
            .call((k, x, f, from, to) -> k.scale(x[0], x[1], x[2], pixels, channels, image)),
        KernelCase.<Channels>whole("scaleChannelsBackward", n, c, n, n, c)
            .call(
                (k, x, f, from, to) ->
                    k.scaleBackward(x[0], x[1], x[2], x[3], x[4], pixels, channels, image)));
  }

  /**
   * {@link Channels} as specified; also the vector kernels' loop over channels that fill no vector.
   */
  final class ScalarChannels implements Channels {
    @Override
    public void average(MemorySegment y, MemorySegment x, int pixels, int channels, int image) {
      average(0, y, x, pixels, channels, image);
    }

    void average(int first, MemorySegment y, MemorySegment x, int pixels, int channels, int image) {
      long start = (long) image * pixels * channels;
      for (int c = first; c < channels; c++) {
        float sum = 0;
        for (int pixel = 0; pixel < pixels; pixel++) {
          sum += x.getAtIndex(JAVA_FLOAT, start + (long) pixel * channels + c);
        }
        y.setAtIndex(JAVA_FLOAT, (long) image * channels + c, sum * (1f / pixels));
      }
    }

    @Override
    public void averageBackward(
        MemorySegment dx,
        MemorySegment base,
        MemorySegment dy,
        int pixels,
        int channels,
        int image) {
      averageBackward(0, dx, base, dy, pixels, channels, image);
    }

    void averageBackward(
        int first,
        MemorySegment dx,
        MemorySegment base,
        MemorySegment dy,
        int pixels,
        int channels,
        int image) {
      long start = (long) image * pixels * channels;
      for (int c = first; c < channels; c++) {
        float gradient = dy.getAtIndex(JAVA_FLOAT, (long) image * channels + c);
        for (int pixel = 0; pixel < pixels; pixel++) {
          long i = start + (long) pixel * channels + c;
          dx.setAtIndex(
              JAVA_FLOAT, i, Math.fma(gradient, 1f / pixels, base.getAtIndex(JAVA_FLOAT, i)));
        }
      }
    }

    @Override
    public void scale(
        MemorySegment y, MemorySegment x, MemorySegment s, int pixels, int channels, int image) {
      scale(0, y, x, s, pixels, channels, image);
    }

    void scale(
        int first,
        MemorySegment y,
        MemorySegment x,
        MemorySegment s,
        int pixels,
        int channels,
        int image) {
      long start = (long) image * pixels * channels;
      for (int c = first; c < channels; c++) {
        float factor = s.getAtIndex(JAVA_FLOAT, (long) image * channels + c);
        for (int pixel = 0; pixel < pixels; pixel++) {
          long i = start + (long) pixel * channels + c;
          y.setAtIndex(JAVA_FLOAT, i, x.getAtIndex(JAVA_FLOAT, i) * factor);
        }
      }
    }

    @Override
    public void scaleBackward(
        MemorySegment dx,
        MemorySegment ds,
        MemorySegment dy,
        MemorySegment x,
        MemorySegment s,
        int pixels,
        int channels,
        int image) {
      scaleBackward(0, dx, ds, dy, x, s, pixels, channels, image);
    }

    void scaleBackward(
        int first,
        MemorySegment dx,
        MemorySegment ds,
        MemorySegment dy,
        MemorySegment x,
        MemorySegment s,
        int pixels,
        int channels,
        int image) {
      long start = (long) image * pixels * channels;
      for (int c = first; c < channels; c++) {
        float factor = s.getAtIndex(JAVA_FLOAT, (long) image * channels + c);
        float sum = 0;
        for (int pixel = 0; pixel < pixels; pixel++) {
          long i = start + (long) pixel * channels + c;
          float gradient = dy.getAtIndex(JAVA_FLOAT, i);
          sum = Math.fma(gradient, x.getAtIndex(JAVA_FLOAT, i), sum);
          dx.setAtIndex(JAVA_FLOAT, i, gradient * factor);
        }
        ds.setAtIndex(JAVA_FLOAT, (long) image * channels + c, sum);
      }
    }
  }
}
