package io.github.deit4j.cpu.core;

/** The 16-lane rule by which every short row is summed. */
public final class Lanes {
  /** The number of logical lanes, the same on every hardware. */
  public static final int COUNT = 16;

  private Lanes() {}

  /** Adds the 16 lanes: i + (i+8), then +4, +2, +1. Overwrites the array. */
  public static float sum(float[] lanes) {
    for (int half = COUNT / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] += lanes[i + half];
      }
    }
    return lanes[0];
  }
}
