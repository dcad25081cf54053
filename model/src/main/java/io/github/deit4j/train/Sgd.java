package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.OptimizerOps.SgdStep;
import io.github.deit4j.tensor.TensorArena;

/** Stochastic gradient descent with momentum, and weight decay added to the gradient. */
final class Sgd extends Optimizer {
  private static final String VELOCITY = "momentum_buffer/";

  private final double momentum;

  /** Creates the optimizer with velocities of zero, which go to the arena. */
  Sgd(
      Backend backend,
      TensorArena arena,
      ParameterGroups groups,
      double momentum,
      double weightDecay) {
    super(backend, groups, weightDecay);
    this.momentum = momentum;
    addState(VELOCITY, arena);
  }

  @Override
  void update(Parameter parameter, Step step, double decay) {
    backend
        .optimizer()
        .sgd(
            parameter.value(),
            state(VELOCITY, parameter),
            parameter.gradient(),
            new SgdStep(step.gradientScale(), decay, momentum, step.learningRate()));
  }

  @Override
  void updateAverage(Ema ema) {
    ema.update();
  }
}
