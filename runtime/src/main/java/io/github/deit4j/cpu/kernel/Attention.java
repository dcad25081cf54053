package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.kernel.Scratch.Slot;
import java.lang.foreign.MemorySegment;

/**
 * Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1) of one head of one image at a
 * time, from matrix products and {@link Softmax}. The scores stay in the thread's scratch memory;
 * only row maxima and reciprocal sums are kept, from which the backward pass gets the same
 * probabilities again.
 *
 * <p>{@code qkv} is [images·tokens, 3·width] with q, k and v side by side and head after head
 * within each. Scores are chains over the head's channels; outputs are chains over the keys of
 * {@code exp(s − max)·v}, then multiplied by the reciprocal sum; dV and dK are chains over the
 * queries, dQ over the keys.
 */
public final class Attention {
  private final Gemm gemm;
  private final Softmax softmax;
  private final Elementwise elementwise;

  /** Combines products, softmax and multiples of one set. */
  public Attention(Kernels kernels) {
    this.gemm = kernels.gemm();
    this.softmax = kernels.softmax();
    this.elementwise = kernels.elementwise();
  }

  /**
   * The sizes of one attention op.
   *
   * @param tokens tokens of an image
   * @param heads heads
   * @param headWidth channels of a head
   * @param scale factor of the scores, positive
   */
  public record Sizes(int tokens, int heads, int headWidth, float scale) {
    /** Returns the width of all heads together. */
    public int width() {
      return heads * headWidth;
    }

    int stride() {
      return Softmax.stride(tokens);
    }

    /** Returns q (part 0), k (1) or v (2) of one head of one image, [tokens, headWidth]. */
    Matrix part(MemorySegment qkv, int unit, int part) {
      long row = 3L * width();
      long image = unit / heads;
      long column = (long) part * width() + (long) (unit % heads) * headWidth;
      return new Matrix(qkv, image * tokens * row + column, tokens, headWidth, row, 1);
    }

    /** Returns one head of one image in [images·tokens, width]. */
    Matrix head(MemorySegment x, int unit) {
      long image = unit / heads;
      long column = (long) (unit % heads) * headWidth;
      return new Matrix(x, image * tokens * width() + column, tokens, headWidth, width(), 1);
    }

    Matrix scores(MemorySegment memory) {
      return new Matrix(memory, 0, tokens, tokens, stride(), 1);
    }
  }

  /**
   * Computes some queries of one head of one image.
   *
   * @param unit image·heads + head
   * @param from first query
   * @param to behind the last query
   */
  public void forward(
      MemorySegment y,
      MemorySegment max,
      MemorySegment reciprocal,
      MemorySegment qkv,
      MemorySegment zeros,
      Sizes sizes,
      int unit,
      int from,
      int to,
      Scratch scratch) {
    int rows = to - from;
    MemorySegment memory = scores(qkv, zeros, sizes, unit, from, to, scratch);
    long keep = (long) unit * sizes.tokens() + from;
    softmax.exponentials(
        memory, rows, sizes.tokens(), sizes.stride(), sizes.scale(), max, reciprocal, keep);
    Matrix out = sizes.head(y, unit).rows(from, to);
    gemm.multiply(
        Workers.SERIAL,
        out,
        Matrix.repeatedRow(zeros, out.rows(), out.columns()),
        sizes.scores(memory).rows(0, rows),
        sizes.part(qkv, unit, 2),
        (row, count, column, columns) -> {
          for (int i = row; i < row + count; i++) {
            long first = out.byteOffset(i, column) / 4;
            float factor = reciprocal.getAtIndex(JAVA_FLOAT, keep + i);
            elementwise.scale(y, y, factor, first, first + columns);
          }
        });
  }

  /** Copies the probabilities of one head of one image to [images, heads, tokens, tokens]. */
  public void copyProbabilities(
      MemorySegment probabilities,
      MemorySegment qkv,
      MemorySegment zeros,
      Sizes sizes,
      int unit,
      Scratch scratch) {
    int tokens = sizes.tokens();
    MemorySegment memory = scores(qkv, zeros, sizes, unit, scratch);
    MemorySegment kept = scratch.floats(Slot.SCORE_GRADIENTS, 2L * tokens);
    MemorySegment sums = kept.asSlice(4L * tokens);
    softmax.exponentials(memory, tokens, tokens, sizes.stride(), sizes.scale(), kept, sums, 0);
    scores(qkv, zeros, sizes, unit, scratch);
    softmax.probabilities(memory, tokens, tokens, sizes.stride(), sizes.scale(), kept, sums, 0);
    for (int row = 0; row < tokens; row++) {
      long target = 4L * tokens * ((long) unit * tokens + row);
      MemorySegment.copy(memory, 4L * row * sizes.stride(), probabilities, target, 4L * tokens);
    }
  }

  private MemorySegment scores(
      MemorySegment qkv, MemorySegment zeros, Sizes sizes, int unit, Scratch scratch) {
    return scores(qkv, zeros, sizes, unit, 0, sizes.tokens(), scratch);
  }

  private MemorySegment scores(
      MemorySegment qkv,
      MemorySegment zeros,
      Sizes sizes,
      int unit,
      int from,
      int to,
      Scratch scratch) {
    MemorySegment memory = scratch.floats(Slot.SCORES, (long) sizes.tokens() * sizes.stride());
    Matrix q = sizes.part(qkv, unit, 0).rows(from, to);
    Matrix k = sizes.part(qkv, unit, 1);
    multiply(sizes.scores(memory).rows(0, to - from), zeros, q, k.transpose());
    return memory;
  }

  /** Computes the gradients of q, k and v of one head of one image. */
  public void backward(
      MemorySegment dqkv,
      MemorySegment dy,
      MemorySegment qkv,
      MemorySegment max,
      MemorySegment reciprocal,
      MemorySegment zeros,
      Sizes sizes,
      int unit,
      Scratch scratch) {
    int tokens = sizes.tokens();
    MemorySegment memory = scores(qkv, zeros, sizes, unit, scratch);
    softmax.probabilities(
        memory,
        tokens,
        tokens,
        sizes.stride(),
        sizes.scale(),
        max,
        reciprocal,
        (long) unit * tokens);
    Matrix p = sizes.scores(memory);
    Matrix out = sizes.head(dy, unit);
    multiply(sizes.part(dqkv, unit, 2), zeros, p.transpose(), out);
    MemorySegment gradients = scratch.floats(Slot.SCORE_GRADIENTS, (long) tokens * sizes.stride());
    Matrix ds = sizes.scores(gradients);
    multiply(ds, zeros, out, sizes.part(qkv, unit, 2).transpose());
    softmax.backward(gradients, memory, tokens, tokens, sizes.stride(), sizes.scale());
    multiply(sizes.part(dqkv, unit, 0), zeros, ds, sizes.part(qkv, unit, 1));
    multiply(sizes.part(dqkv, unit, 1), zeros, ds.transpose(), sizes.part(qkv, unit, 0));
  }

  private void multiply(Matrix c, MemorySegment zeros, Matrix a, Matrix b) {
    gemm.multiply(Workers.SERIAL, c, Matrix.repeatedRow(zeros, c.rows(), c.columns()), a, b);
  }
}
