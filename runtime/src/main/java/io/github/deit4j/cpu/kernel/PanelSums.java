package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.VectorMath.EIGHT;
import static io.github.deit4j.cpu.kernel.VectorMath.EIGHT_TYPE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.kernel.Scratch.Slot;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Sums of a left factor's rows, from its panels: each is one chain over k. */
final class PanelSums {
  private static final int STRIDE = Tiles.LEFT_STRIDE;
  private static final int PANELS_AT_ONCE = 4;

  private PanelSums() {}

  /**
   * Adds to sums.
   *
   * @param sums one for each row of the factor
   * @param row the first of the rows
   * @param left a factor in panels
   * @param first where that row stands in it, the first of its panel
   */
  static void add(MemorySegment sums, int row, Left left, int first, int rows, Scratch scratch) {
    int panels = Panels.LEFT.panels(rows);
    int size = left.depth() * STRIDE;
    int at = left.at(first);
    float[] chains = scratch.array(Slot.SUMS, panels * STRIDE);
    for (int i = 0; i < rows; i++) {
      chains[i / Tiles.ROWS * STRIDE + i % Tiles.ROWS] = sums.getAtIndex(JAVA_FLOAT, row + i);
    }
    int panel = 0;
    for (; panel + PANELS_AT_ONCE <= panels; panel += PANELS_AT_ONCE) {
      addFour(chains, panel * STRIDE, left.numbers(), at + panel * size, size);
    }
    for (; panel < panels; panel++) {
      addOne(chains, panel * STRIDE, left.numbers(), at + panel * size, size);
    }
    for (int i = 0; i < rows; i++) {
      sums.setAtIndex(JAVA_FLOAT, row + i, chains[i / Tiles.ROWS * STRIDE + i % Tiles.ROWS]);
    }
  }

  /** Continues the chains of four panels at once, so that none waits for the one before it. */
  private static void addFour(float[] chains, int to, float[] a, int ao, int size) {
    FloatVector s0 = VectorMath.eight(chains, to);
    FloatVector s1 = VectorMath.eight(chains, to + STRIDE);
    FloatVector s2 = VectorMath.eight(chains, to + 2 * STRIDE);
    FloatVector s3 = VectorMath.eight(chains, to + 3 * STRIDE);
    for (int at = ao; at < ao + size; at += STRIDE) {
      s0 = ((FloatVector) EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, a, at))).add(s0);
      s1 = ((FloatVector) EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, a, at + size))).add(s1);
      s2 = ((FloatVector) EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, a, at + 2 * size))).add(s2);
      s3 = ((FloatVector) EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, a, at + 3 * size))).add(s3);
    }
    ((FloatVector) EIGHT_TYPE.cast(s0)).intoArray(chains, to);
    ((FloatVector) EIGHT_TYPE.cast(s1)).intoArray(chains, to + STRIDE);
    ((FloatVector) EIGHT_TYPE.cast(s2)).intoArray(chains, to + 2 * STRIDE);
    ((FloatVector) EIGHT_TYPE.cast(s3)).intoArray(chains, to + 3 * STRIDE);
  }

  private static void addOne(float[] chains, int to, float[] a, int ao, int size) {
    FloatVector sum = VectorMath.eight(chains, to);
    for (int at = ao; at < ao + size; at += STRIDE) {
      sum = ((FloatVector) EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, a, at))).add(sum);
    }
    ((FloatVector) EIGHT_TYPE.cast(sum)).intoArray(chains, to);
  }
}
