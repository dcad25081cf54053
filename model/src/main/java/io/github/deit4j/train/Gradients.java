package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.Clipping;
import io.github.deit4j.tensor.Tensor;
import java.util.List;

/** The gradients of all parameters together. */
public final class Gradients {
  private final Backend backend;
  private final List<Tensor> gradients;

  /** Takes the gradients of the trained parameters, in order. */
  public Gradients(Backend backend, List<Parameter> parameters) {
    this.backend = backend;
    this.gradients =
        parameters.stream().filter(Parameter::trainable).map(Parameter::gradient).toList();
  }

  /** Returns the gradients. */
  List<Tensor> tensors() {
    return gradients;
  }

  /** Sets all to zero. */
  public void clear() {
    backend.fill(gradients, 0f);
  }

  /**
   * Computes their Euclidean norm and the factor by which they are clipped, for {@link
   * Optimizer.Step}.
   *
   * @param scale F64 [2], takes both
   */
  void scale(Tensor scale, Clipping clipping) {
    backend.optimizer().gradientScale(scale, gradients, clipping);
  }
}
