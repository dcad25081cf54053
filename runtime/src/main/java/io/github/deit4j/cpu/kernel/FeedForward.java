package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.kernel.Scratch.Slot;

/**
 * Two linear layers one after the other, block of rows by block of rows, so that what is between
 * them never leaves the second-level cache. The same bits as one layer after the other.
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
  /** Most numbers of a block between the layers: under half a megabyte. */
  private static final int MOST_HIDDEN = 100_000;

  private static final int MOST_ROWS = 64;

  /**
   * Computes the second layer's result.
   *
   * @param y [R, out]
   * @param x [R, D]
   * @param epilogue what makes y of the second layer's output
   */
  public void run(Workers workers, Matrix y, Matrix x, Epilogue epilogue) {
    int hidden = firstBias.columns();
    int most = Math.clamp(MOST_HIDDEN / Math.max(1, hidden), 1, MOST_ROWS);
    int blocks = Math.max((y.rows() + most - 1) / most, Math.min(workers.threads(), y.rows()));
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
