package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.OptimizerOps.AdamWStep;
import io.github.deit4j.op.OptimizerOps.Average;
import io.github.deit4j.tensor.TensorArena;

/** AdamW (Loshchilov and Hutter 2019), DeiT's optimizer. */
public final class AdamW extends Optimizer {
  private static final String FIRST_MOMENT = "exp_avg/";
  private static final String SECOND_MOMENT = "exp_avg_sq/";

  /**
   * The constants of a run.
   *
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon added to the root of the second moment
   * @param weightDecay of the decayed group
   */
  public record Constants(double beta1, double beta2, double epsilon, double weightDecay) {}

  private final Constants constants;

  /**
   * Creates the optimizer with moments of zero.
   *
   * @param arena where the moments go
   */
  public AdamW(Backend backend, TensorArena arena, ParameterGroups groups, Constants constants) {
    super(backend, groups, constants.weightDecay());
    this.constants = constants;
    addState(FIRST_MOMENT, arena);
    addState(SECOND_MOMENT, arena);
  }

  @Override
  void update(Parameter parameter, Step step, double decay) {
    var numbers =
        new AdamWStep(
            step.number(),
            step.learningRate(),
            constants.beta1(),
            constants.beta2(),
            constants.epsilon(),
            decay,
            step.gradientScale());
    Ema ema = step.ema();
    backend
        .optimizer()
        .adamW(
            parameter.value(),
            state(FIRST_MOMENT, parameter),
            state(SECOND_MOMENT, parameter),
            parameter.gradient(),
            numbers,
            ema == null ? null : new Average(ema.of(parameter), ema.decay()));
  }

  @Override
  void updateAverage(Ema ema) {
    ema.updateBuffers();
  }
}
