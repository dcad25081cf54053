package io.github.deit4j.cpu;

import io.github.deit4j.backend.Checks;
import io.github.deit4j.cpu.kernel.Attention;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Attention: one task for each head of each image, or a part of its queries. */
final class CpuAttention {
  private static final int TASKS_PER_THREAD = 2;

  private final Attention kernel;
  private final ThreadTeam team;

  CpuAttention(Kernels kernels, ThreadTeam team) {
    this.kernel = kernels.attention();
    this.team = team;
  }

  private static Attention.Sizes sizes(String op, Tensor qkv, int heads) {
    Checks.rank(op, "qkv", qkv, 3);
    int width = qkv.shape().size(2) / 3;
    Checks.that(
        heads > 0 && qkv.shape().size(2) % 3 == 0 && width % heads == 0,
        op,
        "qkv [B, N, 3·D] with D a multiple of " + heads + " heads",
        qkv);
    int headWidth = width / heads;
    float scale = (float) (1 / Math.sqrt(headWidth));
    return new Attention.Sizes(qkv.shape().size(1), heads, headWidth, scale);
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
