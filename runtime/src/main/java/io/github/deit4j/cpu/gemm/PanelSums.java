package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.core.VectorMath.EIGHT;
import static io.github.deit4j.cpu.core.VectorMath.EIGHT_TYPE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.core.VectorMath;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Sums of A's rows, from its panels: each is one chain over k. */
final class PanelSums {
  private static final int STRIDE = Tiles.PANEL_STRIDE;
  private static final int LANES = EIGHT.length();
  private static final int STRIPS_OF_PANEL = STRIDE / LANES;
  private static final int ROWS_OF_STRIP = Tiles.PANEL_ROWS / STRIPS_OF_PANEL;
  private static final int STRIPS_AT_ONCE = 6;

  private PanelSums() {}

  /**
   * Adds to sums.
   *
   * @param sums one for each row of A
   * @param row the first of the rows
   * @param packed A in panels
   * @param first where that row stands in it, the first of its panel
   */
  static void add(
      MemorySegment sums, int row, PackedA packed, int first, int rows, Scratch scratch) {
    int strips = Panels.A.panels(rows) * STRIPS_OF_PANEL;
    float[] chains = scratch.array(Slot.SUMS, strips * LANES);
    for (int i = 0; i < rows; i++) {
      chains[Panels.A.at(i, 1)] = sums.getAtIndex(JAVA_FLOAT, row + i);
    }
    for (int strip = 0; strip < strips; strip += STRIPS_AT_ONCE) {
      addSix(chains, strip, strips - 1, packed, first);
    }
    for (int i = 0; i < rows; i++) {
      sums.setAtIndex(JAVA_FLOAT, row + i, chains[Panels.A.at(i, 1)]);
    }
  }

  /**
   * Continues the chains of six strips at once, each a vector of rows, so that none waits for the
   * one before it. Behind the last strip the last one is meant: it is summed again, with the same
   * result.
   */
  private static void addSix(float[] chains, int strip, int last, PackedA packed, int first) {
    int strip1 = Math.min(strip + 1, last);
    int strip2 = Math.min(strip + 2, last);
    int strip3 = Math.min(strip + 3, last);
    int strip4 = Math.min(strip + 4, last);
    int strip5 = Math.min(strip + 5, last);
    float[] a = packed.numbers();
    int a0 = packed.at(first + strip * ROWS_OF_STRIP);
    int a1 = packed.at(first + strip1 * ROWS_OF_STRIP);
    int a2 = packed.at(first + strip2 * ROWS_OF_STRIP);
    int a3 = packed.at(first + strip3 * ROWS_OF_STRIP);
    int a4 = packed.at(first + strip4 * ROWS_OF_STRIP);
    int a5 = packed.at(first + strip5 * ROWS_OF_STRIP);
    FloatVector s0 = VectorMath.eight(chains, strip * LANES);
    FloatVector s1 = VectorMath.eight(chains, strip1 * LANES);
    FloatVector s2 = VectorMath.eight(chains, strip2 * LANES);
    FloatVector s3 = VectorMath.eight(chains, strip3 * LANES);
    FloatVector s4 = VectorMath.eight(chains, strip4 * LANES);
    FloatVector s5 = VectorMath.eight(chains, strip5 * LANES);
    for (int k = 0; k < packed.depth() * STRIDE; k += STRIDE) {
      s0 = ((FloatVector) EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, a, a0 + k))).add(s0);
      s1 = ((FloatVector) EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, a, a1 + k))).add(s1);
      s2 = ((FloatVector) EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, a, a2 + k))).add(s2);
      s3 = ((FloatVector) EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, a, a3 + k))).add(s3);
      s4 = ((FloatVector) EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, a, a4 + k))).add(s4);
      s5 = ((FloatVector) EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, a, a5 + k))).add(s5);
    }
    ((FloatVector) EIGHT_TYPE.cast(s0)).intoArray(chains, strip * LANES);
    ((FloatVector) EIGHT_TYPE.cast(s1)).intoArray(chains, strip1 * LANES);
    ((FloatVector) EIGHT_TYPE.cast(s2)).intoArray(chains, strip2 * LANES);
    ((FloatVector) EIGHT_TYPE.cast(s3)).intoArray(chains, strip3 * LANES);
    ((FloatVector) EIGHT_TYPE.cast(s4)).intoArray(chains, strip4 * LANES);
    ((FloatVector) EIGHT_TYPE.cast(s5)).intoArray(chains, strip5 * LANES);
  }
}
