package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/** Pixels to numbers. */
public final class Pixels {
  private static final int LEVELS = 256;

  private Pixels() {}

  /**
   * {@code y = (x/255 − mean)/std} on one channel's elements, from a table of the 256 results.
   *
   * @param x unsigned bytes
   */
  public static void normalize(
      MemorySegment y, MemorySegment x, float mean, float std, long from, long to) {
    float[] table = new float[LEVELS];
    for (int level = 0; level < LEVELS; level++) {
      table[level] = (level / 255f - mean) / std;
    }
    for (long i = from; i < to; i++) {
      y.setAtIndex(JAVA_FLOAT, i, table[Byte.toUnsignedInt(x.get(JAVA_BYTE, i))]);
    }
  }
}
