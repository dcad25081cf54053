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
  /** Returns [B, N, D] from [B, N, D]. */
  public Tensor forward(Ops ops, Tensor x) {
    return fc2.forward(ops, ops.gelu(fc1.forward(ops, x)));
  }
}
