package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.Tiles.BLOCK;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.kernel.Scratch.Slot;
import java.lang.foreign.MemorySegment;

/**
 * {@link Attention} in blocks, as {@link BlockProduct} makes them. Scores go from a finished block
 * to an array; forward, some queries at a time do all their steps in the first-level cache.
 */
final class VectorAttention extends Attention {
  private static final int BLOCK_ROWS = 32 / Tiles.ROWS * Tiles.ROWS;

  VectorAttention() {
    super(new VectorSoftmax());
  }

  /** Where they can be, scores are computed, and are the left factor of the next product. */
  @Override
  int stride(Sizes sizes) {
    return Math.max(sizes.stride(), Tiles.ROW_STRIDE);
  }

  @Override
  public void forward(
      MemorySegment y,
      MemorySegment max,
      MemorySegment reciprocal,
      MemorySegment qkv,
      Sizes sizes,
      int unit,
      int from,
      int to,
      Scratch scratch) {
    int tokens = sizes.tokens();
    int channels = sizes.headWidth();
    int stride = stride(sizes);
    float[] keys = panels(sizes.part(qkv, unit, 1).transpose(), Slot.PACKED_B, scratch);
    float[] values = panels(sizes.part(qkv, unit, 2), Slot.PACKED_VALUES, scratch);
    float[] scores = scratch.array(Slot.SCORES, Panels.LEFT.paddedRows(BLOCK_ROWS) * stride);
    float[] maxima = scratch.array(Slot.MAXIMA, BLOCK_ROWS);
    float[] reciprocals = scratch.array(Slot.RECIPROCALS, BLOCK_ROWS);
    Matrix queries = sizes.part(qkv, unit, 0);
    Matrix out = sizes.head(y, unit);
    for (int row = from; row < to; row += BLOCK_ROWS) {
      int rows = Math.min(BLOCK_ROWS, to - row);
      int first = row;
      score(scores, stride, queries.rows(row, row + rows), keys, tokens, scratch);
      softmax.exponentials(scores, rows, tokens, stride, sizes.scale(), maxima, reciprocals);
      Left exponentials = Left.of(scores, stride, rows, tokens, Slot.LEFT, scratch);
      BlockProduct.Sink divide =
          (block, at, i, height, column, columns, same) -> {
            multiplyRows(block, reciprocals, i, height);
            Blocks.store(block, out, first + i, column, height, columns);
          };
      new BlockProduct(exponentials, null, values, 0).run(0, 0, rows, 0, channels, divide, scratch);
      long kept = 4 * sizes.kept(unit, row);
      MemorySegment.copy(maxima, 0, max, JAVA_FLOAT, kept, rows);
      MemorySegment.copy(reciprocals, 0, reciprocal, JAVA_FLOAT, kept, rows);
    }
  }

  private static void multiplyRows(float[] block, float[] factors, int row, int rows) {
    for (int i = 0; i < rows; i++) {
      float factor = factors[row + i];
      for (int j = i * BLOCK; j < (i + 1) * BLOCK; j++) {
        block[j] *= factor;
      }
    }
  }

  @Override
  float[] scores(MemorySegment qkv, Sizes sizes, int unit, Scratch scratch) {
    float[] keys = panels(sizes.part(qkv, unit, 1).transpose(), Slot.PACKED_B, scratch);
    float[] scores = square(Slot.SCORES, sizes, scratch);
    score(scores, stride(sizes), sizes.part(qkv, unit, 0), keys, sizes.tokens(), scratch);
    return scores;
  }

  @Override
  public void backward(
      MemorySegment dqkv,
      MemorySegment dy,
      MemorySegment qkv,
      MemorySegment max,
      MemorySegment reciprocal,
      Sizes sizes,
      int unit,
      Scratch scratch) {
    int tokens = sizes.tokens();
    int stride = stride(sizes);
    float[] p = scores(qkv, sizes, unit, scratch);
    float[] maxima = kept(max, sizes, unit, Slot.MAXIMA, scratch);
    float[] reciprocals = kept(reciprocal, sizes, unit, Slot.RECIPROCALS, scratch);
    softmax.probabilities(p, tokens, tokens, stride, sizes.scale(), maxima, reciprocals);
    Matrix out = sizes.head(dy, unit);
    multiplyTransposed(sizes.part(dqkv, unit, 2), p, stride, out, scratch);
    float[] values = panels(sizes.part(qkv, unit, 2).transpose(), Slot.PACKED_B, scratch);
    float[] ds = square(Slot.SCORE_GRADIENTS, sizes, scratch);
    score(ds, stride, out, values, tokens, scratch);
    softmax.backward(ds, p, tokens, tokens, stride, sizes.scale());
    multiply(sizes.part(dqkv, unit, 0), ds, stride, sizes.part(qkv, unit, 1), scratch);
    multiplyTransposed(sizes.part(dqkv, unit, 1), ds, stride, sizes.part(qkv, unit, 0), scratch);
  }

  private static float[] kept(MemorySegment x, Sizes sizes, int unit, Slot slot, Scratch scratch) {
    float[] array = scratch.array(slot, sizes.tokens());
    MemorySegment.copy(x, JAVA_FLOAT, 4 * sizes.kept(unit, 0), array, 0, sizes.tokens());
    return array;
  }

  /** Returns an array for a number of every query and key. */
  private float[] square(Slot slot, Sizes sizes, Scratch scratch) {
    return scratch.array(slot, Panels.LEFT.paddedRows(sizes.tokens()) * stride(sizes));
  }

  private static float[] panels(Matrix b, Slot slot, Scratch scratch) {
    float[] panels = scratch.array(slot, Panels.RIGHT.floats(b.columns(), b.rows()));
    Packing.run(Workers.SERIAL, null, new Packing(Panels.RIGHT, b, 0, b.rows(), panels, 0));
    return panels;
  }

  /**
   * {@code s = a·b}, the result in an array.
   *
   * @param stride from one row of the result to the next
   * @param b in panels
   */
  private static void score(
      float[] s, int stride, Matrix a, float[] b, int columns, Scratch scratch) {
    Left left = Left.copy(a, 0, a.rows(), 0, a.columns(), scratch);
    BlockProduct product = new BlockProduct(left, null, b, 0);
    if (stride == Tiles.ROW_STRIDE) {
      BlockProduct.Sink leave = (block, at, row, rows, column, count, same) -> {};
      product.runInto(s, a.rows(), 0, columns, leave, scratch);
      return;
    }
    BlockProduct.Sink copy =
        (block, at, row, rows, column, count, same) ->
            Blocks.copy(block, rows, count, s, row * stride + column, stride);
    product.run(0, 0, a.rows(), 0, columns, copy, scratch);
  }

  /** {@code c = a·b}, the rows of a in an array. */
  private static void multiply(Matrix c, float[] a, int lda, Matrix b, Scratch scratch) {
    Left left = Left.of(a, lda, c.rows(), b.rows(), Slot.LEFT, scratch);
    store(c, left, b, scratch);
  }

  /** {@code c = aᵀ·b}, the rows of a in an array. */
  private static void multiplyTransposed(Matrix c, float[] a, int lda, Matrix b, Scratch scratch) {
    int depth = b.rows();
    float[] panels = scratch.array(Slot.LEFT, Panels.LEFT.floats(c.rows(), depth));
    Panels.LEFT.pack(a, lda, c.rows(), depth, panels);
    store(c, Left.ofPanels(panels, depth), b, scratch);
  }

  private static void store(Matrix c, Left left, Matrix b, Scratch scratch) {
    BlockProduct.Sink store = VectorGemm.finisher(c, Epilogue.NONE);
    new BlockProduct(left, null, panels(b, Slot.PACKED_B, scratch), 0)
        .run(0, 0, c.rows(), 0, c.columns(), store, scratch);
  }
}
