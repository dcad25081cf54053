package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.random.Philox;
import java.lang.foreign.MemorySegment;

/** Numbers drawn where they are used: the noise of random erasing, the mask of dropout. */
public final class RandomDraws {
  private RandomDraws() {}

  /** Fills elements with standard normal numbers, each with the stream's next. */
  public static void gaussian(MemorySegment y, Philox random, long from, long to) {
    for (long i = from; i < to; i++) {
      y.setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian());
    }
  }

  /** {@code y = x·factor} where the stream's next number is {@code rate} or more, else 0. */
  public static void dropout(
      MemorySegment y,
      MemorySegment x,
      float rate,
      float factor,
      Philox random,
      long from,
      long to) {
    for (long i = from; i < to; i++) {
      float kept = x.getAtIndex(JAVA_FLOAT, i) * factor;
      y.setAtIndex(JAVA_FLOAT, i, random.nextFloat() < rate ? 0f : kept);
    }
  }
}
