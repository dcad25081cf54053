package io.github.deit4j.cpu.conv;

import java.lang.foreign.MemorySegment;

/** The activations of squeeze-and-excitation. Ranges count elements. */
public interface Activations {
  /** {@code y = x}, 0 where x is negative; NaN stays NaN. */
  void relu(MemorySegment y, MemorySegment x, long from, long to);

  /** {@code dx = dy}, 0 where y is not positive. */
  void reluBackward(MemorySegment dx, MemorySegment dy, MemorySegment y, long from, long to);

  /** {@code y = 1/(1 + e^−x)}. */
  void sigmoid(MemorySegment y, MemorySegment x, long from, long to);

  /** {@code dx = dy·(y·(1 − y))}. */
  void sigmoidBackward(MemorySegment dx, MemorySegment dy, MemorySegment y, long from, long to);
}
