package io.github.deit4j.nn;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.tensor.Tensor;

/**
 * The feed-forward part of a block: linear, exact GELU, linear.
 *
 * @param fc1 D to hidden
 * @param fc2 hidden to D
 */
public record Mlp(Linear fc1, Linear fc2) {
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
    pass.observe(name, () -> forward(pass, block, x));
    return pass.hasDropout()
        ? ops.addBranch(base, forward(pass, block, x), factors)
        : ops.addMlp(base, x, fc1.weight(), fc1.bias(), fc2.weight(), fc2.bias(), factors);
  }

  private Tensor forward(ForwardPass pass, int block, Tensor x) {
    Ops ops = pass.ops();
    Tensor hidden = pass.dropout(block, 1, ops.gelu(fc1.forward(ops, x)));
    return pass.dropout(block, 2, fc2.forward(ops, hidden));
  }
}
