package io.github.deit4j.cpu.conv;

import java.lang.foreign.MemorySegment;

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
}
