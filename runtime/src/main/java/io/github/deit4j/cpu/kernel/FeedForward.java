package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.kernel.Scratch.Slot;

/**
 * Two linear layers one after the other, block of rows by block of rows, so that what is between
 * them stays in the caches. The same bits as one layer after the other.
 *
 * @param gemm computes the products
 * @param first weight of the first layer, [D, hidden] as a right factor
 * @param firstBias [R, hidden]
 * @param activation what makes the second layer's input of the first layer's output
 * @param second weight of the second layer, [hidden, out]
 * @param secondBias [R, out]
 */
public record FeedForward(
    Gemm gemm,
    PackedMatrix first,
    Matrix firstBias,
    Epilogue activation,
    PackedMatrix second,
    Matrix secondBias) {
  /** Enough that the weights, which each block reads whole, are read seldom. */
  private static final int MOST_ROWS = 108;

  /**
   * Computes the second layer's result.
   *
   * @param y [R, out]
   * @param x [R, D]
   * @param epilogue what makes y of the second layer's output
   */
  public void run(Workers workers, Matrix y, Matrix x, Epilogue epilogue) {
    int hidden = firstBias.columns();
    int needed = (y.rows() + MOST_ROWS - 1) / MOST_ROWS;
    int blocks = Math.max(needed, Math.min(workers.threads(), y.rows()));
    workers.run(
        blocks,
        (block, scratch) -> {
          int from = (int) ((long) y.rows() * block / blocks);
          int to = (int) ((long) y.rows() * (block + 1) / blocks);
          int rows = to - from;
          Matrix between =
              Matrix.of(scratch.floats(Slot.HIDDEN, (long) rows * hidden), rows, hidden);
          Matrix bias = firstBias.rows(from, to);
          gemm.multiply(Workers.SERIAL, between, bias, x.rows(from, to), first, activation);
          gemm.multiply(
              Workers.SERIAL,
              y.rows(from, to),
              secondBias.rows(from, to),
              between,
              second,
              epilogue.from(from));
        });
  }
}
