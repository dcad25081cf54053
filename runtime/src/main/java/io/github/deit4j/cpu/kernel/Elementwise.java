package io.github.deit4j.cpu.kernel;

import java.lang.foreign.MemorySegment;

/** Ops in which each element stands alone. Ranges count elements; destinations may be sources. */
public interface Elementwise {
  /** {@code y = a + b}. */
  void add(MemorySegment y, MemorySegment a, MemorySegment b, long from, long to);

  /** {@code y = fma(factor, x, base)}. */
  void addScaled(
      MemorySegment y, MemorySegment base, MemorySegment x, float factor, long from, long to);

  /** {@code y = fma(factorA, a, factorB·b)}. */
  void addMultiples(
      MemorySegment y,
      MemorySegment a,
      float factorA,
      MemorySegment b,
      float factorB,
      long from,
      long to);

  /** {@code y = factor·x}. */
  void scale(MemorySegment y, MemorySegment x, float factor, long from, long to);

  /**
   * {@code y[i] = a[i] + b[i mod period]}: adds one image's worth of numbers to every image.
   *
   * @param period length of b
   */
  void addRepeated(
      MemorySegment y, MemorySegment a, MemorySegment b, long period, long from, long to);
}
