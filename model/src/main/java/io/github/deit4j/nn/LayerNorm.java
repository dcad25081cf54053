package io.github.deit4j.nn;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.tensor.Tensor;

/**
 * Layer normalisation over the last dimension, with DeiT's epsilon of 1e-6.
 *
 * @param weight [D]
 * @param bias [D]
 */
public record LayerNorm(Parameter weight, Parameter bias) {
  /** Added to the variance. */
  public static final float EPSILON = 1e-6f;

  /** Returns the normalised rows, of x's shape. */
  public Tensor forward(Ops ops, Tensor x) {
    return ops.layerNorm(x, weight, bias, EPSILON);
  }

  /** Returns the same for nothing but products: {@link Ops#layerNormFactor}. */
  public Tensor factor(Ops ops, Tensor x) {
    return ops.layerNormFactor(x, weight, bias, EPSILON);
  }
}
