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
  /** Returns [B, N, D] from [B, N, D]. */
  public Tensor forward(ForwardPass pass, String name, Tensor x) {
    Ops ops = pass.ops();
    Tensor projected = qkv.forward(ops, x);
    pass.observe(name + ".qkv", projected);
    return proj.forward(ops, ops.attention(projected, heads));
  }
}
