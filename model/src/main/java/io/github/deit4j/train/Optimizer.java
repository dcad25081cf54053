package io.github.deit4j.train;

import io.github.deit4j.tensor.Tensor;
import java.util.Map;

/** Changes parameters by their gradients, once a step. */
public interface Optimizer {
  /**
   * Updates every parameter.
   *
   * @param step number of the step, from 1
   * @param learningRate the step's learning rate
   * @param gradientScale what gradients are multiplied by first: the clipping factor, or 1
   */
  default void step(int step, double learningRate, double gradientScale) {
    step(step, learningRate, gradientScale, null);
  }

  /**
   * Updates every parameter, and the moving average of the model with it.
   *
   * @param step number of the step, from 1
   * @param learningRate the step's learning rate
   * @param gradientScale what gradients are multiplied by first: the clipping factor, or 1
   * @param ema the average; null without one
   */
  void step(int step, double learningRate, double gradientScale, Ema ema);

  /** Returns the optimizer's own tensors by name, in a fixed order: what a checkpoint holds. */
  Map<String, Tensor> state();
}
