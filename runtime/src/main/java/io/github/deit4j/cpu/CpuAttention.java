package io.github.deit4j.cpu;

import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.cpu.kernel.AttentionKernel;
import io.github.deit4j.cpu.kernel.AttentionKernel.Head;
import io.github.deit4j.cpu.kernel.AttentionKernel.Kept;
import io.github.deit4j.op.AttentionOps;
import io.github.deit4j.op.LinearOps;
import io.github.deit4j.tensor.Tensor;

/** Attention: one task for each head of each image, or a part of its queries. */
final class CpuAttention extends AttentionOps {
  private static final int TASKS_PER_THREAD = 2;

  /** Where tasks make q, k and v too, which is most of their work. */
  private static final int PROJECTING_TASKS_PER_THREAD = 16;

  private final CpuRunner cpu;
  private final AttentionKernel kernel;

  CpuAttention(CpuRunner cpu, LinearOps linear) {
    super(cpu, linear);
    this.cpu = cpu;
    this.kernel = cpu.kernels.attention();
  }

  @Override
  protected void attention(Sizes sizes, Tensor y, Tensor max, Tensor reciprocal, Tensor qkv) {
    Kept kept = new Kept(max.segment(), reciprocal.segment());
    Matrix out = matrix(sizes, y, 1);
    Matrix input = matrix(sizes, qkv, 3);
    int tokens = sizes.tokens();
    int units = sizes.images() * sizes.heads();
    int parts = parts(units, tokens);
    cpu.team.run(
        units * parts,
        (task, scratch) -> {
          int part = task % parts;
          int from = part * tokens / parts;
          int to = (part + 1) * tokens / parts;
          Head head = new Head(input, sizes, task / parts);
          kernel.forward(out, kept, head, from, to, scratch);
        });
  }

  /** Returns a tensor as a row for each token, of so many widths. */
  private static Matrix matrix(Sizes sizes, Tensor x, int widths) {
    return CpuRunner.matrix(x, sizes.images() * sizes.tokens(), widths * sizes.width());
  }

  /** Cuts the queries of a head where there are too few heads for all threads, as in one image. */
  private int parts(int units, int tokens) {
    int tasks = cpu.team.threads() == 1 ? 1 : TASKS_PER_THREAD * cpu.team.threads();
    return Math.min((tasks + units - 1) / units, tokens);
  }

  /** Head by head, if the weight is prepared and the threads can share the heads evenly. */
  @Override
  protected boolean attention(Sizes sizes, LinearOps.Sizes layer, Tensor y, Projection projection) {
    PackedB weight = cpu.packed(projection.w());
    if (weight == null) {
      return false;
    }
    Matrix bias = Matrix.repeatedRow(projection.b().segment(), layer.rows(), layer.out());
    var product = new AttentionKernel.Projection(weight, bias);
    int units = sizes.images() * sizes.heads();
    if (!kernel.projects(product, sizes) || !shared(units)) {
      return false;
    }
    Matrix input = CpuRunner.matrix(projection.x(), layer.rows(), layer.in());
    Matrix out = matrix(sizes, y, 1);
    int each = headsPerTask(units, sizes.heads());
    cpu.team.run(
        units / each,
        (task, scratch) ->
            kernel.forward(out, input, product, sizes, task * each, (task + 1) * each, scratch));
    return true;
  }

  /** Returns whether no thread has much less to do than the others. */
  private boolean shared(int units) {
    int threads = cpu.team.threads();
    return 20L * units >= 19L * threads * Math.ceilDiv(units, threads);
  }

  /** Returns a divisor of {@code heads}: one copy of an image's rows serves all heads of a task. */
  private int headsPerTask(int units, int heads) {
    int threads = cpu.team.threads();
    int most = threads == 1 ? heads : units / (PROJECTING_TASKS_PER_THREAD * threads);
    int each = Math.clamp(most, 1, heads);
    while (heads % each != 0) {
      each--;
    }
    return each;
  }

  @Override
  protected void attentionBackward(
      Sizes sizes, Tensor dqkv, Tensor dy, Tensor y, Tensor qkv, Tensor max, Tensor reciprocal) {
    Kept kept = new Kept(max.segment(), reciprocal.segment());
    Matrix gradient = matrix(sizes, dqkv, 3);
    Matrix ofOut = matrix(sizes, dy, 1);
    Matrix input = matrix(sizes, qkv, 3);
    cpu.team.run(
        sizes.images() * sizes.heads(),
        (unit, scratch) ->
            kernel.backward(gradient, ofOut, new Head(input, sizes, unit), kept, scratch));
  }

  @Override
  protected void attentionProbabilities(Sizes sizes, Tensor probabilities, Tensor qkv) {
    Matrix input = matrix(sizes, qkv, 3);
    cpu.team.run(
        sizes.images() * sizes.heads(),
        (unit, scratch) ->
            kernel.copyProbabilities(
                probabilities.segment(), new Head(input, sizes, unit), scratch));
  }
}
