package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.Tiles.WIDTH;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.kernel.Scratch.Slot;
import java.lang.foreign.MemorySegment;

/**
 * {@link Attention} on the micro-kernels of {@link Tiles}. Scores go from registers to an array
 * that is the left factor of the next product as it stands; forward, a block of queries at a time
 * does all its steps in the first-level cache.
 */
final class VectorAttention extends Attention {
  private static final int BLOCK_ROWS = wholeTiles(32);
  private static final float[] ZEROS = new float[WIDTH];

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
    int stride = sizes.stride();
    float[] keys = panels(sizes.part(qkv, unit, 1).transpose(), Slot.PACKED_B, scratch);
    float[] values = panels(sizes.part(qkv, unit, 2), Slot.PACKED_VALUES, scratch);
    float[] queries = scratch.array(Slot.LEFT_ROWS, BLOCK_ROWS * channels);
    float[] scores = scratch.array(Slot.SCORES, BLOCK_ROWS * stride);
    float[] maxima = scratch.array(Slot.MAXIMA, BLOCK_ROWS);
    float[] reciprocals = scratch.array(Slot.RECIPROCALS, BLOCK_ROWS);
    float[] block = scratch.array(Slot.BLOCK, BLOCK_ROWS * WIDTH);
    Matrix q = sizes.part(qkv, unit, 0);
    Matrix out = sizes.head(y, unit);
    for (int row = from; row < to; row += BLOCK_ROWS) {
      int rows = Math.min(BLOCK_ROWS, to - row);
      Panels.rows(q, row, rows, 0, channels, queries);
      multiplyRows(scores, stride, rows, tokens, channels, queries, channels, keys, 0);
      softmax.exponentials(scores, rows, tokens, stride, sizes.scale(), maxima, reciprocals);
      for (int column = 0; column < channels; column += WIDTH) {
        int columns = Math.min(WIDTH, channels - column);
        multiplyRows(block, WIDTH, rows, columns, tokens, scores, stride, values, column * tokens);
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
      for (int j = i * WIDTH; j < (i + 1) * WIDTH; j++) {
        block[j] *= factor;
      }
    }
  }

  @Override
  float[] scores(MemorySegment qkv, Sizes sizes, int unit, Scratch scratch) {
    int tokens = sizes.tokens();
    int channels = sizes.headWidth();
    float[] queries = rows(sizes.part(qkv, unit, 0), Slot.LEFT_ROWS, scratch);
    float[] keys = panels(sizes.part(qkv, unit, 1).transpose(), Slot.PACKED_B, scratch);
    float[] scores = scratch.array(Slot.SCORES, wholeTiles(tokens) * sizes.stride());
    multiplyRows(scores, sizes.stride(), tokens, tokens, channels, queries, channels, keys, 0);
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
    int channels = sizes.headWidth();
    int stride = sizes.stride();
    float[] p = scores(qkv, sizes, unit, scratch);
    float[] maxima = kept(max, sizes, unit, Slot.MAXIMA, scratch);
    float[] reciprocals = kept(reciprocal, sizes, unit, Slot.RECIPROCALS, scratch);
    softmax.probabilities(p, tokens, tokens, stride, sizes.scale(), maxima, reciprocals);
    Matrix out = sizes.head(dy, unit);
    multiplyTransposed(sizes.part(dqkv, unit, 2), p, stride, out, scratch);
    float[] outRows = rows(out, Slot.LEFT_ROWS, scratch);
    float[] values = panels(sizes.part(qkv, unit, 2).transpose(), Slot.PACKED_B, scratch);
    float[] ds = scratch.array(Slot.SCORE_GRADIENTS, wholeTiles(tokens) * stride);
    multiplyRows(ds, stride, tokens, tokens, channels, outRows, channels, values, 0);
    softmax.backward(ds, p, tokens, tokens, stride, sizes.scale());
    multiply(sizes.part(dqkv, unit, 0), ds, stride, sizes.part(qkv, unit, 1), scratch);
    multiplyTransposed(sizes.part(dqkv, unit, 1), ds, stride, sizes.part(qkv, unit, 0), scratch);
  }

  private static float[] kept(MemorySegment x, Sizes sizes, int unit, Slot slot, Scratch scratch) {
    float[] array = scratch.array(slot, sizes.tokens());
    MemorySegment.copy(x, JAVA_FLOAT, 4 * sizes.kept(unit, 0), array, 0, sizes.tokens());
    return array;
  }

  /** Returns rows up to whole tiles; what stands behind the last is of no meaning. */
  private static float[] rows(Matrix a, Slot slot, Scratch scratch) {
    float[] rows = scratch.array(slot, wholeTiles(a.rows()) * a.columns());
    Panels.rows(a, 0, a.rows(), 0, a.columns(), rows);
    return rows;
  }

  private static float[] panels(Matrix b, Slot slot, Scratch scratch) {
    float[] panels = scratch.array(slot, Panels.RIGHT.floats(b.columns(), b.rows()));
    Panels.RIGHT.pack(Workers.SERIAL, b, 0, b.rows(), panels, 0);
    return panels;
  }

  /** {@code c = a·b}, the rows of a in an array. */
  private static void multiply(Matrix c, float[] a, int lda, Matrix b, Scratch scratch) {
    float[] right = panels(b, Slot.PACKED_B, scratch);
    float[] block = scratch.array(Slot.BLOCK, wholeTiles(c.rows()) * WIDTH);
    for (int column = 0; column < c.columns(); column += WIDTH) {
      int columns = Math.min(WIDTH, c.columns() - column);
      int depth = b.rows();
      multiplyRows(block, WIDTH, c.rows(), columns, depth, a, lda, right, column * depth);
      Tiles.store(block, c, 0, column, c.rows(), columns);
    }
  }

  /** {@code c = aᵀ·b}, the rows of a in an array. */
  private static void multiplyTransposed(Matrix c, float[] a, int lda, Matrix b, Scratch scratch) {
    int depth = b.rows();
    float[] left = scratch.array(Slot.LEFT_PANELS, Panels.LEFT.floats(c.rows(), depth));
    Panels.LEFT.pack(a, lda, c.rows(), depth, left);
    float[] right = panels(b, Slot.PACKED_B, scratch);
    float[] block = scratch.array(Slot.BLOCK, wholeTiles(c.rows()) * WIDTH);
    for (int column = 0; column < c.columns(); column += WIDTH) {
      int columns = Math.min(WIDTH, c.columns() - column);
      for (int i = 0; i < c.rows(); i += Tiles.ROWS) {
        int ao = Panels.LEFT.at(i, depth);
        int bo = column * depth;
        Tiles.multiplyColumns(
            columns, depth, left, ao, right, bo, ZEROS, 0, 0, block, i * WIDTH, WIDTH);
      }
      Tiles.store(block, c, 0, column, c.rows(), columns);
    }
  }

  /** {@code c = a·b}, all in arrays, b in panels from element {@code bo}. */
  private static void multiplyRows(
      float[] c, int ldc, int rows, int columns, int depth, float[] a, int lda, float[] b, int bo) {
    for (int column = 0; column < columns; column += WIDTH) {
      int width = Math.min(WIDTH, columns - column);
      int panel = bo + column * depth;
      for (int i = 0; i < rows; i += Tiles.ROWS) {
        int ao = i * lda;
        int co = i * ldc + column;
        Tiles.multiplyRows(width, depth, a, ao, lda, b, panel, ZEROS, 0, 0, c, co, ldc);
      }
    }
  }

  private static int wholeTiles(int rows) {
    return (rows + Tiles.ROWS - 1) / Tiles.ROWS * Tiles.ROWS;
  }
}
