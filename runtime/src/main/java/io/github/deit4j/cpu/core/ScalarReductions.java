package io.github.deit4j.cpu.core;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/** {@link Reductions} as specified. */
public final class ScalarReductions implements Reductions {
  @Override
  public float sumOfSquares(MemorySegment x, long from, long to) {
    float[] lanes = new float[Lanes.COUNT];
    for (long i = from; i < to; i++) {
      int lane = (int) ((i - from) % Lanes.COUNT);
      float value = x.getAtIndex(JAVA_FLOAT, i);
      lanes[lane] = Math.fma(value, value, lanes[lane]);
    }
    return Lanes.sum(lanes);
  }

  @Override
  public void addRows(
      MemorySegment sums, MemorySegment x, int width, int rows, long from, long to) {
    for (long column = from; column < to; column++) {
      float sum = sums.getAtIndex(JAVA_FLOAT, column);
      for (int row = 0; row < rows; row++) {
        sum += x.getAtIndex(JAVA_FLOAT, (long) row * width + column);
      }
      sums.setAtIndex(JAVA_FLOAT, column, sum);
    }
  }
}
