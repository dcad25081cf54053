package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/** {@link Elementwise} as specified. */
final class ScalarElementwise implements Elementwise {
  @Override
  public void add(MemorySegment y, MemorySegment a, MemorySegment b, long from, long to) {
    for (long i = from; i < to; i++) {
      y.setAtIndex(JAVA_FLOAT, i, a.getAtIndex(JAVA_FLOAT, i) + b.getAtIndex(JAVA_FLOAT, i));
    }
  }

  @Override
  public void addScaled(
      MemorySegment y, MemorySegment base, MemorySegment x, float factor, long from, long to) {
    for (long i = from; i < to; i++) {
      float sum = Math.fma(factor, x.getAtIndex(JAVA_FLOAT, i), base.getAtIndex(JAVA_FLOAT, i));
      y.setAtIndex(JAVA_FLOAT, i, sum);
    }
  }

  @Override
  public void addMultiples(
      MemorySegment y,
      MemorySegment a,
      float factorA,
      MemorySegment b,
      float factorB,
      long from,
      long to) {
    for (long i = from; i < to; i++) {
      float second = factorB * b.getAtIndex(JAVA_FLOAT, i);
      y.setAtIndex(JAVA_FLOAT, i, Math.fma(factorA, a.getAtIndex(JAVA_FLOAT, i), second));
    }
  }

  @Override
  public void scale(MemorySegment y, MemorySegment x, float factor, long from, long to) {
    for (long i = from; i < to; i++) {
      y.setAtIndex(JAVA_FLOAT, i, factor * x.getAtIndex(JAVA_FLOAT, i));
    }
  }

  @Override
  public void addRepeated(
      MemorySegment y, MemorySegment a, MemorySegment b, long period, long from, long to) {
    for (long i = from; i < to; i++) {
      float sum = a.getAtIndex(JAVA_FLOAT, i) + b.getAtIndex(JAVA_FLOAT, i % period);
      y.setAtIndex(JAVA_FLOAT, i, sum);
    }
  }
}
