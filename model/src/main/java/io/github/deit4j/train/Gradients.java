package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import java.util.List;

/** The gradients of all parameters together. */
public final class Gradients {
  /** Keeps the clipping factor finite where all gradients are zero, as PyTorch does. */
  private static final double CLIP_EPSILON = 1e-6;

  private final Backend backend;
  private final List<Tensor> gradients;

  /** Takes the gradients of the trained parameters, in order. */
  public Gradients(Backend backend, List<Parameter> parameters) {
    this.backend = backend;
    this.gradients =
        parameters.stream().filter(Parameter::trainable).map(Parameter::gradient).toList();
  }

  /** Sets all to zero. */
  public void clear() {
    gradients.forEach(gradient -> backend.fill(gradient, 0f));
  }

  /** Returns their Euclidean norm. */
  public double norm() {
    return StrictMath.sqrt(backend.optimizer().sumOfSquares(gradients));
  }

  /**
   * Returns what to multiply gradients by so that their norm is at most {@code limit}.
   *
   * @param limit the largest norm; 0 leaves gradients as they are
   */
  public static double clipFactor(double norm, double limit) {
    return limit == 0 ? 1 : Math.min(1, limit / (norm + CLIP_EPSILON));
  }
}
