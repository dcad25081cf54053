package io.github.deit4j.cpu;

import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.cpu.kernel.Attention;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.op.Checks;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Attention: one task for each head of each image, or a part of its queries. */
final class CpuAttention {
  private static final int TASKS_PER_THREAD = 2;

  /** Where tasks make q, k and v too, which is most of their work. */
  private static final int PROJECTING_TASKS_PER_THREAD = 16;

  private final Attention kernel;
  private final ThreadTeam team;
  private final PreparedWeights prepared;

  CpuAttention(Kernels kernels, ThreadTeam team, PreparedWeights prepared) {
    this.kernel = kernels.attention();
    this.team = team;
    this.prepared = prepared;
  }

  private static Attention.Sizes sizes(String op, Tensor qkv, int heads) {
    Checks.rank(op, "qkv", qkv, 3);
    return sizes(op, "qkv [B, N, 3·D]", qkv, qkv.shape().size(1), qkv.shape().size(2), heads);
  }

  private static Attention.Sizes sizes(
      String op, String expected, Tensor found, int tokens, int columns, int heads) {
    int width = columns / 3;
    Checks.that(
        heads > 0 && columns % 3 == 0 && width % heads == 0,
        op,
        expected + " with D a multiple of " + heads + " heads",
        found);
    int headWidth = width / heads;
    float scale = (float) (1 / Math.sqrt(headWidth));
    return new Attention.Sizes(tokens, heads, headWidth, scale);
  }

  private static void checkKept(String op, Attention.Sizes sizes, int images, Tensor... kept) {
    for (Tensor x : kept) {
      Checks.elements(op, "max or reciprocal", x, images, sizes.heads(), sizes.tokens());
    }
  }

  void forward(Tensor y, Tensor max, Tensor reciprocal, Tensor qkv, int heads) {
    Attention.Sizes sizes = sizes("attention", qkv, heads);
    int images = qkv.shape().size(0);
    Checks.elements("attention", "y", y, images, sizes.tokens(), sizes.width());
    checkKept("attention", sizes, images, max, reciprocal);
    MemorySegment out = y.segment();
    MemorySegment maxima = max.segment();
    MemorySegment reciprocals = reciprocal.segment();
    MemorySegment in = qkv.segment();
    int tokens = sizes.tokens();
    int parts = parts(images * heads, tokens);
    team.run(
        images * heads * parts,
        (task, scratch) -> {
          int part = task % parts;
          int from = part * tokens / parts;
          int to = (part + 1) * tokens / parts;
          kernel.forward(out, maxima, reciprocals, in, sizes, task / parts, from, to, scratch);
        });
  }

  /** Cuts the queries of a head where there are too few heads for all threads, as in one image. */
  private int parts(int units, int tokens) {
    int tasks = team.threads() == 1 ? 1 : TASKS_PER_THREAD * team.threads();
    return Math.min((tasks + units - 1) / units, tokens);
  }

  /**
   * Computes attention of x's projections head by head, if the weight is prepared and the threads
   * can share the heads evenly; else returns false and does nothing.
   */
  boolean forwardWithProjection(Tensor y, Tensor x, Tensor w, Tensor b, int heads) {
    String op = "selfAttention";
    PackedB weight = prepared.get(w);
    if (weight == null) {
      return false;
    }
    Checks.rank(op, "x", x, 3);
    int images = x.shape().size(0);
    int in = x.shape().size(2);
    Attention.Sizes sizes =
        sizes(op, "w [3·D, in]", w, x.shape().size(1), w.shape().size(0), heads);
    int rows = images * sizes.tokens();
    Matrix bias = Matrix.repeatedRow(b.segment(), rows, 3 * sizes.width());
    var layer = new Attention.Projection(weight, bias);
    int units = images * heads;
    if (!kernel.projects(layer, sizes) || !shared(units)) {
      return false;
    }
    Checks.elements(op, "w", w, 3L * sizes.width(), in);
    Checks.elements(op, "b", b, 3L * sizes.width());
    Checks.elements(op, "y", y, rows, sizes.width());
    Matrix input = Matrix.of(x.segment(), rows, in);
    MemorySegment out = y.segment();
    int each = headsPerTask(units, heads);
    team.run(
        units / each,
        (task, scratch) ->
            kernel.forward(out, input, layer, sizes, task * each, (task + 1) * each, scratch));
    return true;
  }

  /** Returns whether no thread has much less to do than the others. */
  private boolean shared(int units) {
    int threads = team.threads();
    return 20L * units >= 19L * threads * Math.ceilDiv(units, threads);
  }

  /** Returns a divisor of {@code heads}: one copy of an image's rows serves all heads of a task. */
  private int headsPerTask(int units, int heads) {
    int threads = team.threads();
    int most = threads == 1 ? heads : units / (PROJECTING_TASKS_PER_THREAD * threads);
    int each = Math.clamp(most, 1, heads);
    while (heads % each != 0) {
      each--;
    }
    return each;
  }

  void backward(Tensor dqkv, Tensor dy, Tensor qkv, Tensor max, Tensor reciprocal, int heads) {
    Attention.Sizes sizes = sizes("attentionBackward", qkv, heads);
    int images = qkv.shape().size(0);
    Checks.elements("attentionBackward", "dqkv", dqkv, qkv.elements());
    Checks.elements("attentionBackward", "dy", dy, images, sizes.tokens(), sizes.width());
    checkKept("attentionBackward", sizes, images, max, reciprocal);
    MemorySegment result = dqkv.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment in = qkv.segment();
    MemorySegment maxima = max.segment();
    MemorySegment reciprocals = reciprocal.segment();
    team.run(
        images * heads,
        (unit, scratch) ->
            kernel.backward(result, gradient, in, maxima, reciprocals, sizes, unit, scratch));
  }

  void probabilities(Tensor probabilities, Tensor qkv, int heads) {
    String op = "attentionProbabilities";
    Attention.Sizes sizes = sizes(op, qkv, heads);
    int images = qkv.shape().size(0);
    int tokens = sizes.tokens();
    Checks.elements(op, "probabilities", probabilities, images, heads, tokens, tokens);
    MemorySegment out = probabilities.segment();
    MemorySegment in = qkv.segment();
    team.run(
        images * heads, (unit, scratch) -> kernel.copyProbabilities(out, in, sizes, unit, scratch));
  }
}
