package io.github.deit4j.cpu.conv;

import io.github.deit4j.cpu.core.KernelCase;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Ops on one image of a map with channels last, {@code pixels × channels} numbers from element
 * {@code image·pixels·channels}; per channel, from element {@code image·channels}.
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
}
