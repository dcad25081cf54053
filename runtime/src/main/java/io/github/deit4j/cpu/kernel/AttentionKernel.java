package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.op.AttentionOps.Sizes;
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
   * One head of one image.
   *
   * @param qkv [images·tokens, 3·width]; null where nobody asks for its parts
   * @param unit image·heads + head
   */
  public record Head(Matrix qkv, Sizes sizes, int unit) {
    /** Returns its queries, [tokens, channels]. */
    public Matrix queries() {
      return part(0);
    }

    /** Returns its keys, [tokens, channels]. */
    public Matrix keys() {
      return part(1);
    }

    /** Returns its values, [tokens, channels]. */
    public Matrix values() {
      return part(2);
    }

    private Matrix part(int part) {
      return in(qkv, part * sizes.width());
    }

    /** Returns the head's part of [images·tokens, width]. */
    public Matrix in(Matrix x) {
      return in(x, 0);
    }

    private Matrix in(Matrix x, int firstColumn) {
      int row = unit / sizes.heads() * sizes.tokens();
      int column = firstColumn + unit % sizes.heads() * sizes.channels();
      return x.block(row, sizes.tokens(), column, sizes.channels());
    }

    /** Returns where the kept numbers of one query stand. */
    long kept(int query) {
      return (long) unit * sizes.tokens() + query;
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
  public abstract void forward(Matrix y, Kept kept, Head head, int from, int to, Scratch scratch);

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
      Matrix y, Matrix x, Projection layer, Sizes sizes, int from, int to, Scratch scratch) {
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

  /**
   * Computes the gradients of q, k and v of one head of one image.
   *
   * @param dqkv receives them, as {@code qkv} lies
   * @param dy [images·tokens, width]
   */
  public abstract void backward(Matrix dqkv, Matrix dy, Head head, Kept kept, Scratch scratch);

  /** Returns how far apart the rows of scores stand. */
  int stride(Sizes sizes) {
    return Softmax.stride(sizes.tokens());
  }

  /** Returns the scores of all queries of one head of one image. */
  abstract float[] scores(Head head, Scratch scratch);

  /** Copies the probabilities of one head of one image to [images, heads, tokens, tokens]. */
  public void copyProbabilities(MemorySegment probabilities, Head head, Scratch scratch) {
    Sizes sizes = head.sizes;
    int tokens = sizes.tokens();
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
    int images = random.nextInt(1, 3);
    return cases(new Sizes(images, tokens, random.nextInt(1, 4), headWidth));
  }

  /** Returns a case of each op; the gradient's computes the output too, which it needs. */
  static List<KernelCase<AttentionKernel>> cases(Sizes sizes) {
    int units = sizes.images() * sizes.heads();
    long kept = (long) units * sizes.tokens();
    long n = kept * sizes.channels();
    return List.of(
        KernelCase.<AttentionKernel>whole("attention", n, kept, kept, 3 * n)
            .call((k, x, f, from, to) -> k.forwardAll(x, sizes, units)),
        KernelCase.<AttentionKernel>whole("attentionBackward", n, kept, kept, 3 * n, 3 * n, n)
            .call(
                (k, x, f, from, to) -> {
                  k.forwardAll(x, sizes, units);
                  Matrix dqkv = qkv(x[4], sizes);
                  Matrix dy = heads(x[5], sizes);
                  for (int unit = 0; unit < units; unit++) {
                    Head head = new Head(qkv(x[3], sizes), sizes, unit);
                    k.backward(dqkv, dy, head, new Kept(x[1], x[2]), Scratch.ofThisThread());
                  }
                }),
        KernelCase.<AttentionKernel>whole("attentionProbabilities", kept * sizes.tokens(), 3 * n)
            .call(
                (k, x, f, from, to) -> {
                  for (int unit = 0; unit < units; unit++) {
                    Head head = new Head(qkv(x[1], sizes), sizes, unit);
                    k.copyProbabilities(x[0], head, Scratch.ofThisThread());
                  }
                }));
  }

  private void forwardAll(MemorySegment[] x, Sizes sizes, int units) {
    for (int unit = 0; unit < units; unit++) {
      Head head = new Head(qkv(x[3], sizes), sizes, unit);
      Kept kept = new Kept(x[1], x[2]);
      forward(heads(x[0], sizes), kept, head, 0, sizes.tokens(), Scratch.ofThisThread());
    }
  }

  private static Matrix qkv(MemorySegment x, Sizes sizes) {
    return Matrix.of(x, sizes.images() * sizes.tokens(), 3 * sizes.width());
  }

  private static Matrix heads(MemorySegment x, Sizes sizes) {
    return Matrix.of(x, sizes.images() * sizes.tokens(), sizes.width());
  }
}
