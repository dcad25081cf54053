package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.gemm.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1) of one head of one image at a
 * time. The scores stay in the thread's scratch memory; only row maxima and reciprocal sums are
 * kept, from which the backward pass gets the same probabilities again.
 *
 * <p>{@code qkv} is [images·tokens, 3·width] with q, k and v side by side and head after head
 * within each. Scores are chains over the head's channels; outputs are chains over the keys of
 * {@code exp(s − max)·v}, then multiplied by the reciprocal sum; dV and dK are chains over the
 * queries, dQ over the keys. All chains start from zero.
 */
public abstract class AttentionKernel {
  final Softmax softmax;

  AttentionKernel(Softmax softmax) {
    this.softmax = softmax;
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
    public Matrix part(MemorySegment qkv, int unit, int part) {
      long row = 3L * width();
      long image = unit / heads;
      long column = (long) part * width() + (long) (unit % heads) * headWidth;
      return new Matrix(qkv, image * tokens * row + column, tokens, headWidth, row, 1);
    }

    /** Returns one head of one image in [images·tokens, width]. */
    public Matrix head(MemorySegment x, int unit) {
      long image = unit / heads;
      long column = (long) (unit % heads) * headWidth;
      return new Matrix(x, image * tokens * width() + column, tokens, headWidth, width(), 1);
    }
  }

  /**
   * One head of one image.
   *
   * @param unit image·heads + head
   */
  public record Head(MemorySegment qkv, Sizes sizes, int unit) {
    Matrix queries() {
      return sizes.part(qkv, unit, 0);
    }

    Matrix keys() {
      return sizes.part(qkv, unit, 1);
    }

    Matrix values() {
      return sizes.part(qkv, unit, 2);
    }

    /** Returns where the kept numbers of one query stand. */
    long kept(int query) {
      return (long) unit * sizes.tokens + query;
    }
  }

  /**
   * What the backward pass has to know of each query, [images, heads, tokens].
   *
   * @param max the largest score
   * @param reciprocal one over the sum of exponentials
   */
  public record Kept(MemorySegment max, MemorySegment reciprocal) {
    void write(Head head, int from, float[] maxima, float[] reciprocals, int queries) {
      MemorySegment.copy(maxima, 0, max, JAVA_FLOAT, 4 * head.kept(from), queries);
      MemorySegment.copy(reciprocals, 0, reciprocal, JAVA_FLOAT, 4 * head.kept(from), queries);
    }
  }

  /**
   * Computes some queries of one head of one image.
   *
   * @param y receives the outputs, [images·tokens, width]
   * @param kept is written
   * @param from first query
   * @param to behind the last query
   */
  public abstract void forward(
      MemorySegment y, Kept kept, Head head, int from, int to, Scratch scratch);

  /**
   * Computes some heads of images from what q, k and v are made of, head by head, so that these
   * stay in the caches. The same bits as with the product first. Only where {@link #projects} says
   * so.
   *
   * @param y receives the outputs, [images·tokens, width]
   * @param x [images·tokens, in], column stride 1
   * @param from first unit, image·heads + head
   * @param to behind the last unit
   */
  public void forward(
      MemorySegment y, Matrix x, Projection layer, Sizes sizes, int from, int to, Scratch scratch) {
    throw new UnsupportedOperationException(getClass().getSimpleName() + " projects nothing");
  }

  /** Returns whether q, k and v of such sizes can be made on the way. */
  public boolean projects(Projection layer, Sizes sizes) {
    return false;
  }

  /**
   * The linear layer that makes q, k and v.
   *
   * @param weight [in, 3·width] as a B
   * @param bias [images·tokens, 3·width]
   */
  public record Projection(PackedB weight, Matrix bias) {
    int in() {
      return weight.source().rows();
    }
  }

  /** Computes the gradients of q, k and v of one head of one image. */
  public abstract void backward(
      MemorySegment dqkv, MemorySegment dy, Head head, Kept kept, Scratch scratch);

  /** Returns how far apart the rows of scores stand. */
  int stride(Sizes sizes) {
    return sizes.stride();
  }

  /** Returns the scores of all queries of one head of one image. */
  abstract float[] scores(Head head, Scratch scratch);

  /** Copies the probabilities of one head of one image to [images, heads, tokens, tokens]. */
  public void copyProbabilities(MemorySegment probabilities, Head head, Scratch scratch) {
    Sizes sizes = head.sizes;
    int tokens = sizes.tokens;
    int stride = stride(sizes);
    float[] max = scratch.array(Slot.MAXIMA, tokens);
    float[] reciprocal = scratch.array(Slot.RECIPROCALS, tokens);
    float[] rows = scores(head, scratch);
    softmax.exponentials(rows, tokens, tokens, stride, sizes.scale(), max, reciprocal);
    for (int row = 0; row < tokens; row++) {
      for (int j = row * stride; j < row * stride + tokens; j++) {
        rows[j] *= reciprocal[row];
      }
      long target = 4L * tokens * head.kept(row);
      MemorySegment.copy(rows, row * stride, probabilities, JAVA_FLOAT, target, tokens);
    }
  }

  /** Returns a case of each op, of one or two images. */
  static List<KernelCase<AttentionKernel>> cases(
      int tokens, int headWidth, RandomGenerator random) {
    float scale = (float) (1 / Math.sqrt(headWidth));
    return cases(random.nextInt(1, 3), new Sizes(tokens, random.nextInt(1, 4), headWidth, scale));
  }

  /** Returns a case of each op; the gradient's computes the output too, which it needs. */
  static List<KernelCase<AttentionKernel>> cases(int images, Sizes sizes) {
    int units = images * sizes.heads;
    long kept = (long) units * sizes.tokens;
    long n = kept * sizes.headWidth;
    return List.of(
        KernelCase.<AttentionKernel>whole("attention", n, kept, kept, 3 * n)
            .call((k, x, f, from, to) -> k.forwardAll(x, sizes, units)),
        KernelCase.<AttentionKernel>whole("attentionBackward", n, kept, kept, 3 * n, 3 * n, n)
            .call(
                (k, x, f, from, to) -> {
                  k.forwardAll(x, sizes, units);
                  for (int unit = 0; unit < units; unit++) {
                    Head head = new Head(x[3], sizes, unit);
                    k.backward(x[4], x[5], head, new Kept(x[1], x[2]), Scratch.ofThisThread());
                  }
                }),
        KernelCase.<AttentionKernel>whole("attentionProbabilities", kept * sizes.tokens, 3 * n)
            .call(
                (k, x, f, from, to) -> {
                  for (int unit = 0; unit < units; unit++) {
                    k.copyProbabilities(x[0], new Head(x[1], sizes, unit), Scratch.ofThisThread());
                  }
                }));
  }

  private void forwardAll(MemorySegment[] x, Sizes sizes, int units) {
    for (int unit = 0; unit < units; unit++) {
      Head head = new Head(x[3], sizes, unit);
      forward(x[0], new Kept(x[1], x[2]), head, 0, sizes.tokens, Scratch.ofThisThread());
    }
  }
}
