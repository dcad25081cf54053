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
   * @param base [B, N, D]
   * @param x what the branch sees, [B, N, D]
   * @param factors one per image, or null for 1
   */
  public Tensor addTo(ForwardPass pass, String name, Tensor base, Tensor x, float[] factors) {
    Ops ops = pass.ops();
    pass.observe(name, () -> fc2.forward(ops, ops.gelu(fc1.forward(ops, x))));
    return ops.addMlp(base, x, fc1.weight(), fc1.bias(), fc2.weight(), fc2.bias(), factors);
  }
}
