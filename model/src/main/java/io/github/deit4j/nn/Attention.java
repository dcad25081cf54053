package io.github.deit4j.nn;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.tensor.Tensor;

/**
 * Multi-head self-attention with one product for q, k and v.
 *
 * @param qkv D to 3·D: rows of q, then k, then v, head after head within each
 * @param proj D to D
 * @param heads number of heads
 */
public record Attention(Linear qkv, Linear proj, int heads) {
  /**
   * Returns the branch's base plus attention, [B, N, D].
   *
   * @param x [B, N, D]
   */
  public Tensor forward(Branch branch, Tensor x) {
    Ops ops = branch.ops();
    branch.observe(".qkv", () -> qkv.forward(ops, x));
    Tensor attended = ops.tokens().attention(x, qkv.weight(), qkv.bias(), heads);
    return ops.linear(attended, proj.weight(), proj.bias(), branch.connection());
  }
}
