package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.Tiles.BLOCK;
import static io.github.deit4j.cpu.kernel.Tiles.WIDTH;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.kernel.Scratch.Slot;
import java.lang.foreign.MemorySegment;

/**
 * {@link Attention} on the micro-kernels of {@link Tiles}. Scores go from registers to an array;
 * forward, a block of queries at a time does all its steps in the first-level cache.
 */
final class VectorAttention extends Attention {
  private static final int BLOCK_ROWS = 32 / Tiles.ROWS * Tiles.ROWS;
  private static final float[] ZEROS = new float[BLOCK];

  VectorAttention() {
    super(new VectorSoftmax());
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
    // Rows so far apart need no transposition before they are multiplied by the values.
    int stride = Left.takesRows(sizes.stride()) ? Tiles.ROW_STRIDE : sizes.stride();
    float[] keys = panels(sizes.part(qkv, unit, 1).transpose(), Slot.PACKED_B, scratch);
    float[] values = panels(sizes.part(qkv, unit, 2), Slot.PACKED_VALUES, scratch);
    float[] scores = scratch.array(Slot.SCORES, Panels.LEFT.paddedRows(BLOCK_ROWS) * stride);
    float[] maxima = scratch.array(Slot.MAXIMA, BLOCK_ROWS);
    float[] reciprocals = scratch.array(Slot.RECIPROCALS, BLOCK_ROWS);
    float[] block = scratch.array(Slot.BLOCK, BLOCK_ROWS * BLOCK);
    Matrix q = sizes.part(qkv, unit, 0);
    Matrix out = sizes.head(y, unit);
    for (int row = from; row < to; row += BLOCK_ROWS) {
      int rows = Math.min(BLOCK_ROWS, to - row);
      Left queries = Left.pack(q, row, rows, 0, channels, scratch);
      multiplyPanels(scores, stride, rows, tokens, queries, keys);
      softmax.exponentials(scores, rows, tokens, stride, sizes.scale(), maxima, reciprocals);
      Left exponentials = Left.of(scores, stride, rows, tokens, Slot.LEFT, scratch);
      for (int column = 0; column < channels; column += BLOCK) {
        int columns = Math.min(BLOCK, channels - column);
        multiply(block, rows, columns, exponentials, values, column * tokens);
        multiplyRows(block, reciprocals, rows);
        Tiles.store(block, out, row, column, rows, columns);
      }
      long kept = 4 * sizes.kept(unit, row);
      MemorySegment.copy(maxima, 0, max, JAVA_FLOAT, kept, rows);
      MemorySegment.copy(reciprocals, 0, reciprocal, JAVA_FLOAT, kept, rows);
    }
  }

  private static void multiplyRows(float[] block, float[] factors, int rows) {
    for (int i = 0; i < rows; i++) {
      float factor = factors[i];
      for (int j = i * BLOCK; j < (i + 1) * BLOCK; j++) {
        block[j] *= factor;
      }
    }
  }

  @Override
  float[] scores(MemorySegment qkv, Sizes sizes, int unit, Scratch scratch) {
    int tokens = sizes.tokens();
    Left queries = Left.pack(sizes.part(qkv, unit, 0), 0, tokens, 0, sizes.headWidth(), scratch);
    float[] keys = panels(sizes.part(qkv, unit, 1).transpose(), Slot.PACKED_B, scratch);
    float[] scores = square(Slot.SCORES, sizes, scratch);
    multiplyPanels(scores, sizes.stride(), tokens, tokens, queries, keys);
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
    int stride = sizes.stride();
    float[] p = scores(qkv, sizes, unit, scratch);
    float[] maxima = kept(max, sizes, unit, Slot.MAXIMA, scratch);
    float[] reciprocals = kept(reciprocal, sizes, unit, Slot.RECIPROCALS, scratch);
    softmax.probabilities(p, tokens, tokens, stride, sizes.scale(), maxima, reciprocals);
    Matrix out = sizes.head(dy, unit);
    multiplyTransposed(sizes.part(dqkv, unit, 2), p, stride, out, scratch);
    Left outRows = Left.pack(out, 0, tokens, 0, sizes.headWidth(), scratch);
    float[] values = panels(sizes.part(qkv, unit, 2).transpose(), Slot.PACKED_B, scratch);
    float[] ds = square(Slot.SCORE_GRADIENTS, sizes, scratch);
    multiplyPanels(ds, stride, tokens, tokens, outRows, values);
    softmax.backward(ds, p, tokens, tokens, stride, sizes.scale());
    multiply(sizes.part(dqkv, unit, 0), ds, stride, sizes.part(qkv, unit, 1), scratch);
    multiplyTransposed(sizes.part(dqkv, unit, 1), ds, stride, sizes.part(qkv, unit, 0), scratch);
  }

  private static float[] kept(MemorySegment x, Sizes sizes, int unit, Slot slot, Scratch scratch) {
    float[] array = scratch.array(slot, sizes.tokens());
    MemorySegment.copy(x, JAVA_FLOAT, 4 * sizes.kept(unit, 0), array, 0, sizes.tokens());
    return array;
  }

  /** Returns an array for a number of every query and key, rows a softmax stride apart. */
  private static float[] square(Slot slot, Sizes sizes, Scratch scratch) {
    return scratch.array(slot, Panels.LEFT.paddedRows(sizes.tokens()) * sizes.stride());
  }

  private static float[] panels(Matrix b, Slot slot, Scratch scratch) {
    float[] panels = scratch.array(slot, Panels.RIGHT.floats(b.columns(), b.rows()));
    Panels.RIGHT.pack(Workers.SERIAL, b, 0, b.rows(), panels, 0);
    return panels;
  }

  /** {@code c = a·b}, the rows of a in an array. */
  private static void multiply(Matrix c, float[] a, int lda, Matrix b, Scratch scratch) {
    multiply(c, Left.of(a, lda, c.rows(), b.rows(), Slot.LEFT, scratch), b, scratch);
  }

  /** {@code c = aᵀ·b}, the rows of a in an array. */
  private static void multiplyTransposed(Matrix c, float[] a, int lda, Matrix b, Scratch scratch) {
    int depth = b.rows();
    float[] panels = scratch.array(Slot.LEFT, Panels.LEFT.floats(c.rows(), depth));
    Panels.LEFT.pack(a, lda, c.rows(), depth, panels);
    multiply(c, Left.ofPanels(panels, depth), b, scratch);
  }

  /** {@code c = a·b}. */
  private static void multiply(Matrix c, Left left, Matrix b, Scratch scratch) {
    int depth = b.rows();
    float[] right = panels(b, Slot.PACKED_B, scratch);
    float[] block = scratch.array(Slot.BLOCK, Tiles.wholeTiles(c.rows()) * BLOCK);
    for (int column = 0; column < c.columns(); column += BLOCK) {
      int columns = Math.min(BLOCK, c.columns() - column);
      multiply(block, c.rows(), columns, left, right, column * depth);
      Tiles.store(block, c, 0, column, c.rows(), columns);
    }
  }

  /** The same for one block of columns of c, b in panels from element {@code bo}. */
  private static void multiply(float[] block, int rows, int columns, Left a, float[] b, int bo) {
    for (int i = 0; i < rows; i += Tiles.HEIGHT) {
      int height = Math.min(Tiles.HEIGHT, rows - i);
      Tiles.multiply(height, columns, a, i, b, bo, ZEROS, block, i * BLOCK);
    }
  }

  /** {@code c = a·b}, all in arrays, both factors in panels. */
  private static void multiplyPanels(float[] c, int ldc, int rows, int columns, Left a, float[] b) {
    for (int column = 0; column < columns; column += WIDTH) {
      int width = Math.min(WIDTH, columns - column);
      int panel = column * a.depth();
      for (int i = 0; i < rows; i += Tiles.HEIGHT) {
        int height = Math.min(Tiles.HEIGHT, rows - i);
        Tiles.multiplyPanel(height, width, a, i, b, panel, ZEROS, 0, 0, c, i * ldc + column, ldc);
      }
    }
  }
}
