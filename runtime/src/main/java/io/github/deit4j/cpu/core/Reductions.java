package io.github.deit4j.cpu.core;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;

/** Sums over many numbers. Offsets and ranges count elements. */
public interface Reductions {
  /** Elements of one block of a long sum. */
  int BLOCK = 4096;

  /** Returns Σx² over at most {@link #BLOCK} numbers from {@code from}, by the 16-lane rule. */
  float sumOfSquares(MemorySegment x, long from, long to);

  /**
   * Adds row after row, image after image: {@code sums[j] += x[row, j]} for the columns from {@code
   * from} up to but without {@code to}.
   *
   * @param x [rows, width]
   */
  void addRows(MemorySegment sums, MemorySegment x, int width, int rows, long from, long to);

  /** Returns a case of each op. */
  static List<KernelCase<Reductions>> cases(int rows, int width, RandomGenerator random) {
    int n = rows * width;
    int first = random.nextInt(50);
    return List.of(
        KernelCase.<Reductions>whole("sumOfSquares", 1, first + n)
            .call(
                (k, x, f, from, to) ->
                    x[0].set(JAVA_FLOAT, 0, k.sumOfSquares(x[1], first, first + n))),
        KernelCase.<Reductions>ranges("addRows", width, width, n)
            .call((k, x, f, from, to) -> k.addRows(x[0], x[1], width, rows, from, to)));
  }

  /** The specification. */
  final class ScalarReductions implements Reductions {
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
}
