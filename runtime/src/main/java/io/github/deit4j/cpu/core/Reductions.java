package io.github.deit4j.cpu.core;

import java.lang.foreign.MemorySegment;

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
}
