package io.github.deit4j.nn;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.tensor.Tensor;

/**
 * A linear layer.
 *
 * @param weight [out, in]
 * @param bias [out]
 */
public record Linear(Parameter weight, Parameter bias) {
  /** Returns {@code x·weightᵀ + bias}: [.., out] from [.., in]. */
  public Tensor forward(Ops ops, Tensor x) {
    return ops.linear(x, weight, bias);
  }
}
