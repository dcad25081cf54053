package io.github.deit4j.op;

import io.github.deit4j.tensor.Tensor;

/**
 * What becomes of a linear layer's product {@code t = x·wᵀ + b} on its way to memory: the epilogues
 * of cuBLASLt, the post-ops of oneDNN. The bits are those of one op after the other.
 */
public sealed interface LinearEpilogue {
  /** {@code y = t}. */
  LinearEpilogue NONE = new None();

  /** {@code y = t}. */
  record None() implements LinearEpilogue {}

  /**
   * {@code y = gelu(t)}.
   *
   * @param pre takes t, which the backward pass needs, [R, out]; null for nowhere
   */
  record Gelu(Tensor pre) implements LinearEpilogue {}

  /**
   * {@code y = residual + t}.
   *
   * @param residual its base is not y
   * @param branch takes t, which the gradient of the residual's scale needs, [R, out]; null for
   *     nowhere
   */
  record Add(Residual residual, Tensor branch) implements LinearEpilogue {}

  /** Requires operands that go with the result. */
  default void check(String op, Tensor y, OpRunner runner) {
    switch (this) {
      case None none -> {}
      case Gelu(Tensor pre) -> checkKept(op, "pre", pre, y, runner);
      case Add(Residual residual, Tensor branch) -> {
        residual.check(op, y);
        checkKept(op, "branch", branch, y, runner);
      }
    }
  }

  private static void checkKept(String op, String operand, Tensor kept, Tensor y, OpRunner runner) {
    if (kept != null) {
      Checks.activation(op, operand, kept, runner, y.elements());
    }
  }
}
