package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.OptimizerOps.SgdStep;
import io.github.deit4j.tensor.TensorArena;

/** Stochastic gradient descent with momentum, and weight decay added to the gradient. */
final class Sgd extends Optimizer {
  private static final String VELOCITY = "momentum_buffer/";

  /**
   * The constants of a run.
   *
   * @param momentum decay of the velocity
   * @param nesterov whether a step looks ahead along it: timm's {@code sgd}; else its {@code
   *     momentum}
   * @param weightDecay of the decayed group
   */
  record Constants(double momentum, boolean nesterov, double weightDecay) {}

  private final Constants constants;

  /** Creates the optimizer with velocities of zero, which go to the arena. */
  Sgd(Backend backend, TensorArena arena, ParameterGroups groups, Constants constants) {
    super(backend, groups, constants.weightDecay());
    this.constants = constants;
    addState(VELOCITY, arena);
  }

  @Override
  void update(Parameter parameter, Step step, double decay) {
    var numbers =
        new SgdStep(
            step.gradientScale(),
            decay,
            constants.momentum(),
            step.learningRate(),
            constants.nesterov());
    backend
        .optimizer()
        .sgd(parameter.value(), state(VELOCITY, parameter), parameter.gradient(), numbers);
  }

  @Override
  void updateAverage(Ema ema) {
    ema.update();
  }
}
