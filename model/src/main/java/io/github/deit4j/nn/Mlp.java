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
   * Returns [B, N, D] from [B, N, D].
   *
   * @param block number of the block it is in
   */
  public Tensor forward(ForwardPass pass, int block, Tensor x) {
    Ops ops = pass.ops();
    Tensor hidden = pass.dropout(block, 1, ops.gelu(fc1.forward(ops, x)));
    return pass.dropout(block, 2, fc2.forward(ops, hidden));
  }
}
