package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.gemm.Gemm.FeedForward;
import java.util.Arrays;

/**
 * {@link Gemm#feedForward} in blocks of rows. What is between the layers never goes back to the
 * tensor's memory: finished blocks of the first product are put where the second one's
 * micro-kernels read its A, as many columns as that takes in a pass over k.
 */
record VectorFeedForward(
    Factors factors, FeedForward layers, Matrix y, Matrix x, Epilogue epilogue) {
  /** So few that what is between the layers fits the second-level cache. */
  private static final int FEW_ROWS = 54;

  /** Twice as many where the weights are large: every block reads all of them from far away. */
  private static final int MANY_ROWS = 108;

  /** Rows of tiles in the last blocks, and where there are few weights. */
  private static final int LEAST_TILES = 6;

  private static final int FEW_TILES = 4;

  /** Between those of DeiT-Ti, faster with few rows, and of DeiT-S and B, faster with many. */
  private static final long FEW_WEIGHTS = 1 << 20;

  void run(Workers workers) {
    long weights = (long) layers.hidden() * (x.columns() + y.columns());
    int tiles = Tiles.wholeTiles(y.rows()) / Tiles.ROWS;
    int[] cuts = cuts(tiles, weights <= FEW_WEIGHTS, workers.threads());
    workers.run(
        cuts.length - 1,
        (block, scratch) -> {
          int from = Tiles.ROWS * cuts[block];
          int to = Tiles.ROWS * cuts[block + 1];
          compute(from, Math.min(to, y.rows()) - from, scratch);
        });
  }

  /**
   * Cuts rows of tiles into blocks. The blocks for several threads are smaller and smaller, so that
   * no thread waits long for the last one (3 to 4 % of the time that 15 equal ones took two
   * threads); but one for each thread where there are only few and each block's way through many
   * weights costs more than waiting.
   */
  private static int[] cuts(int tiles, boolean fewWeights, int threads) {
    int most = (fewWeights ? FEW_ROWS : MANY_ROWS) / Tiles.ROWS;
    int least = fewWeights ? FEW_TILES : LEAST_TILES;
    int[] cuts = new int[tiles + 1];
    int blocks = 0;
    if (threads == 1 || !fewWeights && tiles <= 2 * threads * most) {
      blocks = Math.max(Math.ceilDiv(tiles, most), Math.min(threads, tiles));
      for (int i = 1; i <= blocks; i++) {
        cuts[i] = (int) ((long) tiles * i / blocks);
      }
    } else {
      int from = 0;
      while (from < tiles) {
        int size = Math.clamp(Math.ceilDiv(tiles - from, 2 * threads), least, most);
        from = Math.min(tiles, from + size);
        blocks++;
        cuts[blocks] = from;
      }
    }
    return Arrays.copyOf(cuts, blocks + 1);
  }

  private void compute(int row, int rows, Scratch scratch) {
    int hidden = layers.hidden();
    int pass = VectorGemm.pass(factors, hidden);
    int stride = Tiles.ROW_STRIDE;
    float[] between = scratch.array(Slot.HIDDEN, Panels.A.paddedRows(rows) * stride);
    PackedA in = PackedA.copy(factors, x, row, rows, 0, x.columns(), Slot.PACKED_A, scratch);
    BlockProduct first = new BlockProduct(in, layers.firstBias(), layers.first().panels(), 0);
    int k0 = 0;
    // At least once: y = secondBias where nothing is between the layers.
    do {
      int from = k0;
      int depth = Math.min(pass, hidden - from);
      PackedA packed =
          factors == Factors.PAIRS
              ? inPairs(first, between, row, rows, from, depth, scratch)
              : inNumbers(first, between, row, rows, from, depth, scratch);
      Matrix init = from == 0 ? layers.secondBias() : y;
      int base = Panels.B.floats(y.columns(), factors.depth(from));
      Epilogue last = from + depth == hidden ? epilogue : Epilogue.NONE;
      BlockProduct second = new BlockProduct(packed, init, layers.second().panels(), base);
      VectorGemm.finish(second, y, last, row, rows, 0, y.columns(), scratch);
      k0 += pass;
    } while (k0 < hidden);
  }

  /** Computes some columns of what is between the layers, as A of the second product. */
  private PackedA inNumbers(
      BlockProduct first,
      float[] between,
      int row,
      int rows,
      int from,
      int depth,
      Scratch scratch) {
    int stride = Tiles.ROW_STRIDE;
    BlockProduct.Sink activate =
        (block, at, i, height, column, columns, same) ->
            layers.activation().apply(block, at, null, i, column, height, columns, stride);
    first.runInto(between, 0, 0, row, rows, from, from + depth, activate, scratch);
    // What chains that go on start from differs from row to row, which takes panels.
    return from == 0
        ? PackedA.of(factors, between, stride, rows, depth, Slot.HIDDEN_PANELS, scratch)
        : PackedA.pack(factors, between, stride, rows, depth, Slot.HIDDEN_PANELS, scratch);
  }

  /** The same in words, of which a row holds twice as many columns. */
  private PackedA inPairs(
      BlockProduct first,
      float[] between,
      int row,
      int rows,
      int from,
      int depth,
      Scratch scratch) {
    int stride = Tiles.ROW_STRIDE;
    BlockProduct.Sink activate =
        (block, at, i, height, column, columns, same) -> {
          layers.activation().apply(block, at, null, i, column, height, columns, Tiles.BLOCK);
          int to = (i - row) * stride + (column - from) / 2;
          factors.copyRows(block, at, Tiles.BLOCK, height, columns, between, to, stride);
        };
    first.run(0, row, rows, from, from + depth, activate, scratch);
    int words = factors.depth(depth);
    if (from == 0) {
      return PackedA.ofRows(factors, between, words);
    }
    float[] panels = scratch.array(Slot.HIDDEN_PANELS, Panels.A.floats(rows, words));
    Panels.A.packRows(between, 0, stride, rows, words, panels, 0);
    return PackedA.ofPanels(factors, panels, words);
  }
}
