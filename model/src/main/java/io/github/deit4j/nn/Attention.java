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
   * Returns {@code base + factors[image]·branch}, [B, N, D].
   *
   * @param name of this part, for observers
   * @param block number of the block it is in
   * @param base [B, N, D]
   * @param x what the branch sees, [B, N, D]
   * @param factors one per image, or null for 1
   */
  public Tensor addTo(
      ForwardPass pass, String name, int block, Tensor base, Tensor x, float[] factors) {
    Ops ops = pass.ops();
    pass.observe(name + ".qkv", () -> qkv.forward(ops, x));
    Tensor attended = ops.tokens().selfAttention(x, qkv.weight(), qkv.bias(), heads);
    pass.observe(name, () -> project(pass, block, attended));
    return pass.hasDropout()
        ? ops.addBranch(base, project(pass, block, attended), factors)
        : ops.addLinear(base, attended, proj.weight(), proj.bias(), factors);
  }

  private Tensor project(ForwardPass pass, int block, Tensor attended) {
    return pass.dropout(block, 0, proj.forward(pass.ops(), attended));
  }
}
