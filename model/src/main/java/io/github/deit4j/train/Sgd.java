package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.OptimizerOps.SgdStep;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Stochastic gradient descent with momentum, and weight decay added to the gradient. */
public final class Sgd implements Optimizer {
  private final Backend backend;
  private final ParameterGroups groups;
  private final double momentum;
  private final double weightDecay;
  private final Map<String, Tensor> state = new LinkedHashMap<>();

  /**
   * Creates the optimizer with velocities of zero.
   *
   * @param arena where the velocities go
   * @param weightDecay of the decayed group
   */
  public Sgd(
      Backend backend,
      TensorArena arena,
      ParameterGroups groups,
      double momentum,
      double weightDecay) {
    this.backend = backend;
    this.groups = groups;
    this.momentum = momentum;
    this.weightDecay = weightDecay;
    groups.addZeros(state, "momentum_buffer/", backend, arena);
  }

  @Override
  public void step(int step, double learningRate, double gradientScale, Ema ema) {
    update(groups.decayed(), learningRate, gradientScale, weightDecay);
    update(groups.undecayed(), learningRate, gradientScale, 0);
    if (ema != null) {
      ema.update();
    }
  }

  private void update(List<Parameter> parameters, double rate, double gradientScale, double decay) {
    SgdStep step = new SgdStep(gradientScale, decay, momentum, rate);
    for (Parameter parameter : parameters) {
      Tensor velocity = state.get("momentum_buffer/" + parameter.name());
      backend.optimizer().sgd(parameter.value(), velocity, parameter.gradient(), step);
    }
  }

  @Override
  public Map<String, Tensor> state() {
    return state;
  }
}
