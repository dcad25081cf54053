package io.github.deit4j.nn;

import io.github.deit4j.tensor.Tensor;

/**
 * The feed-forward part of a block: linear, exact GELU, linear.
 *
 * @param fc1 D to hidden
 * @param fc2 hidden to D
 */
public record Mlp(Linear fc1, Linear fc2) {
  /**
   * Returns the branch's base plus the feed-forward network's output, [B, N, D].
   *
   * @param x [B, N, D]
   */
  public Tensor forward(Branch branch, Tensor x) {
    return branch
        .ops()
        .feedForward(
            x,
            fc1.weight(),
            fc1.bias(),
            branch.hiddenDropout(),
            fc2.weight(),
            fc2.bias(),
            branch.connection());
  }
}
