package io.github.deit4j.cpu.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The Gaussian error linear unit in its exact form, {@code x·Φ(x)} with {@code Φ(x) = ½(1 +
 * erf(x/√2))} (Hendrycks and Gimpel 2016); not the tanh approximation. Ranges count elements.
 */
public interface Gelu {
  /** {@code y = x·Φ(x)}. */
  void forward(MemorySegment y, MemorySegment x, long from, long to);

  /** {@code dx = dy·(Φ(x) + x·φ(x))}, φ being the normal density. */
  void backward(MemorySegment dx, MemorySegment dy, MemorySegment x, long from, long to);
}
