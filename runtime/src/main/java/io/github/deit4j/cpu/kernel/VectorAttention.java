package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.core.VectorMath;
import io.github.deit4j.cpu.gemm.BlockProduct;
import io.github.deit4j.cpu.gemm.Blocks;
import io.github.deit4j.cpu.gemm.Factors;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.cpu.gemm.PackedA;
import io.github.deit4j.cpu.gemm.Packing;
import io.github.deit4j.cpu.gemm.Panels;
import io.github.deit4j.cpu.gemm.Tiles;
import io.github.deit4j.cpu.gemm.VectorGemm;
import io.github.deit4j.op.AttentionOps.Sizes;
import java.lang.foreign.MemorySegment;

/**
 * {@link AttentionKernel} in blocks, as {@link BlockProduct} makes them. Scores go from a finished
 * block to an array; forward, some queries at a time do all their steps in the first-level cache.
 */
final class VectorAttention extends AttentionKernel {
  /** Queries of a block: whole panels, in which those of very wide heads stand. */
  private static final int BLOCK_ROWS = 4 * Tiles.ROWS;

  private final Factors factors;

  /** Creates a kernel whose products are of such factors. */
  VectorAttention(Factors factors) {
    super(new VectorSoftmax());
    this.factors = factors;
  }

  /** Returns whether the products are by micro-kernels written with the Vector API. */
  boolean usesVectorTiles() {
    return factors != Factors.PAIRS;
  }

  /** Where they can be, scores are computed, and are A of the next product. */
  @Override
  int stride(Sizes sizes) {
    return Math.max(super.stride(sizes), Tiles.ROW_STRIDE);
  }

  @Override
  public void forward(Matrix y, Kept kept, Head head, int from, int to, Scratch scratch) {
    float[] keys = panels(head.keys().transpose(), Slot.PACKED_B, scratch);
    float[] values = panels(head.values(), Slot.PACKED_VALUES, scratch);
    Matrix queries = head.queries();
    PackedA packed =
        PackedA.copy(
            factors, queries, from, to - from, 0, queries.columns(), Slot.QUERIES, scratch);
    Matrix out = head.in(y);
    for (int row = from; row < to; row += BLOCK_ROWS) {
      int rows = Math.min(BLOCK_ROWS, to - row);
      attend(out, row, rows, packed, row - from, keys, values, head.sizes(), scratch);
      float[] maxima = scratch.array(Slot.MAXIMA, rows);
      kept.write(head, row, maxima, scratch.array(Slot.RECIPROCALS, rows), rows);
    }
  }

  @Override
  public boolean projects(Projection layer, Sizes sizes) {
    return layer.weight().panels() != null
        && layer.in() <= VectorGemm.MAX_DEPTH
        && sizes.channels() % Tiles.WIDTH == 0
        && 3 * sizes.channels() <= Tiles.ROW_STRIDE;
  }

  @Override
  public void forward(
      Matrix y, Matrix x, Projection layer, Sizes sizes, int from, int to, Scratch scratch) {
    int tokens = sizes.tokens();
    int channels = sizes.channels();
    float[] keys = scratch.array(Slot.PACKED_B, Panels.B.floats(tokens, channels));
    float[] values = scratch.array(Slot.PACKED_VALUES, Panels.B.floats(channels, tokens));
    PackedA input = null;
    for (int unit = from; unit < to; unit++) {
      if (input == null || unit % sizes.heads() == 0) {
        int row = unit / sizes.heads() * tokens;
        input = PackedA.copy(factors, x, row, tokens, 0, x.columns(), Slot.INPUT, scratch);
      }
      float[] head = project(input, layer, sizes, unit % sizes.heads(), scratch);
      PackedA queries =
          PackedA.of(factors, head, Tiles.ROW_STRIDE, tokens, channels, Slot.QUERIES, scratch);
      factors.packRows(Panels.B, head, channels, Tiles.ROW_STRIDE, tokens, channels, keys, scratch);
      factors.pack(Panels.B, head, 2 * channels, Tiles.ROW_STRIDE, channels, tokens, values);
      // Its q, k and v are nowhere but in the scratch memory.
      Matrix out = new Head(null, sizes, unit).in(y);
      for (int row = 0; row < tokens; row += BLOCK_ROWS) {
        int rows = Math.min(BLOCK_ROWS, tokens - row);
        attend(out, row, rows, queries, row, keys, values, sizes, scratch);
      }
    }
  }

  /** Returns q, k and v of one head of one image, side by side in rows. */
  private static float[] project(
      PackedA input, Projection layer, Sizes sizes, int index, Scratch scratch) {
    int tokens = sizes.tokens();
    int channels = sizes.channels();
    int rows = Math.max(Panels.A.paddedRows(tokens), Panels.B.paddedRows(tokens));
    float[] head = scratch.array(Slot.HEAD, rows * Tiles.ROW_STRIDE);
    BlockProduct product = new BlockProduct(input, layer.bias(), layer.weight().panels(), 0);
    for (int part = 0; part < 3; part++) {
      int column = part * sizes.width() + index * channels;
      int at = part * channels;
      product.runInto(
          head, at, 0, 0, tokens, column, column + channels, BlockProduct.Sink.NONE, scratch);
    }
    return head;
  }

  /**
   * Computes some rows of a head's output.
   *
   * @param first where the first of the rows stands in {@code queries}
   */
  private void attend(
      Matrix out,
      int row,
      int rows,
      PackedA queries,
      int first,
      float[] keys,
      float[] values,
      Sizes sizes,
      Scratch scratch) {
    int tokens = sizes.tokens();
    int stride = stride(sizes);
    float[] scores = scratch.array(Slot.SCORES, Panels.A.paddedRows(BLOCK_ROWS) * stride);
    float[] maxima = scratch.array(Slot.MAXIMA, BLOCK_ROWS);
    float[] reciprocals = scratch.array(Slot.RECIPROCALS, BLOCK_ROWS);
    score(scores, stride, queries, first, rows, keys, tokens, scratch);
    softmax.exponentials(scores, rows, tokens, stride, sizes.scale(), maxima, reciprocals);
    PackedA exponentials =
        PackedA.of(factors, scores, stride, rows, tokens, Slot.PACKED_A, scratch);
    BlockProduct.Sink divide =
        (block, at, i, height, column, columns, same) -> {
          multiplyRows(block, columns, reciprocals, i, height);
          Blocks.store(block, out, row + i, column, height, columns);
        };
    new BlockProduct(exponentials, null, values, 0)
        .run(0, 0, rows, 0, sizes.channels(), divide, scratch);
  }

  private static void multiplyRows(float[] block, int columns, float[] factors, int row, int rows) {
    for (int i = 0; i < rows; i++) {
      float factor = factors[row + i];
      int end = i * Tiles.BLOCK + columns;
      for (int j = i * Tiles.BLOCK; j < end; j += VectorMath.LANES) {
        VectorMath.wide(block, j).mul(factor).intoArray(block, j);
      }
    }
  }

  @Override
  float[] scores(Head head, Scratch scratch) {
    Sizes sizes = head.sizes();
    float[] keys = panels(head.keys().transpose(), Slot.PACKED_B, scratch);
    float[] scores = square(Slot.SCORES, sizes, scratch);
    score(scores, stride(sizes), head.queries(), keys, sizes.tokens(), scratch);
    return scores;
  }

  @Override
  public void backward(Matrix dqkv, Matrix dy, Head head, Kept kept, Scratch scratch) {
    Sizes sizes = head.sizes();
    int tokens = sizes.tokens();
    int stride = stride(sizes);
    Head gradient = new Head(dqkv, sizes, head.unit());
    Matrix out = head.in(dy);
    float[] p = scores(head, scratch);
    float[] maxima = kept(kept.max(), head, Slot.MAXIMA, scratch);
    float[] reciprocals = kept(kept.reciprocal(), head, Slot.RECIPROCALS, scratch);
    softmax.probabilities(p, tokens, tokens, stride, sizes.scale(), maxima, reciprocals);
    multiplyTransposed(gradient.values(), p, stride, out, scratch);
    float[] values = panels(head.values().transpose(), Slot.PACKED_B, scratch);
    float[] ds = square(Slot.SCORE_GRADIENTS, sizes, scratch);
    score(ds, stride, out, values, tokens, scratch);
    softmax.backward(ds, p, tokens, tokens, stride, sizes.scale());
    multiply(gradient.queries(), ds, stride, head.keys(), scratch);
    multiplyTransposed(gradient.keys(), ds, stride, head.queries(), scratch);
  }

  private static float[] kept(MemorySegment x, Head head, Slot slot, Scratch scratch) {
    int tokens = head.sizes().tokens();
    float[] array = scratch.array(slot, tokens);
    MemorySegment.copy(x, JAVA_FLOAT, 4 * head.kept(0), array, 0, tokens);
    return array;
  }

  /** Returns an array for a number of every query and key. */
  private float[] square(Slot slot, Sizes sizes, Scratch scratch) {
    return scratch.array(slot, Panels.A.paddedRows(sizes.tokens()) * stride(sizes));
  }

  private float[] panels(Matrix b, Slot slot, Scratch scratch) {
    float[] panels = scratch.array(slot, Panels.B.floats(b.columns(), b.rows()));
    new Packing.InPanels(factors, Panels.B, b, 0, b.rows(), panels, 0).runAlone(0, scratch);
    return panels;
  }

  /** {@code s = a·b}, the result in an array. */
  private void score(float[] s, int stride, Matrix a, float[] b, int columns, Scratch scratch) {
    PackedA packed = PackedA.copy(factors, a, 0, a.rows(), 0, a.columns(), Slot.PACKED_A, scratch);
    score(s, stride, packed, 0, a.rows(), b, columns, scratch);
  }

  /**
   * The same.
   *
   * @param stride from one row of the result to the next
   * @param b in panels
   */
  private static void score(
      float[] s,
      int stride,
      PackedA a,
      int first,
      int rows,
      float[] b,
      int columns,
      Scratch scratch) {
    BlockProduct product = new BlockProduct(a, null, b, 0);
    if (stride == Tiles.ROW_STRIDE) {
      product.runInto(s, 0, first, 0, rows, 0, columns, BlockProduct.Sink.NONE, scratch);
      return;
    }
    BlockProduct.Sink copy =
        (block, at, row, height, column, count, same) -> {
          for (int i = 0; i < height; i++) {
            int to = (row + i) * stride + column;
            System.arraycopy(block, i * Tiles.BLOCK, s, to, count);
          }
        };
    product.run(first, 0, rows, 0, columns, copy, scratch);
  }

  /** {@code c = a·b}, the rows of a in an array. */
  private void multiply(Matrix c, float[] a, int lda, Matrix b, Scratch scratch) {
    PackedA packed = PackedA.of(factors, a, lda, c.rows(), b.rows(), Slot.PACKED_A, scratch);
    store(c, packed, b, scratch);
  }

  /** {@code c = aᵀ·b}, the rows of a in an array. */
  private void multiplyTransposed(Matrix c, float[] a, int lda, Matrix b, Scratch scratch) {
    int depth = b.rows();
    float[] panels = scratch.array(Slot.PACKED_A, Panels.A.floats(c.rows(), depth));
    factors.pack(Panels.A, a, 0, lda, c.rows(), depth, panels);
    store(c, PackedA.ofPanels(factors, panels, factors.depth(depth)), b, scratch);
  }

  private void store(Matrix c, PackedA packed, Matrix b, Scratch scratch) {
    new BlockProduct(packed, null, panels(b, Slot.PACKED_B, scratch), 0)
        .store(c, 0, c.rows(), 0, c.columns(), scratch);
  }
}
