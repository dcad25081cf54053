package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.OptimizerOps.LambStep;
import io.github.deit4j.tensor.TensorArena;

/**
 * LAMB (You et al. 2020), DeiT III's optimizer, as timm has it: parameters without weight decay are
 * not adapted to norms (the rule of NVIDIA's NVLAMB).
 */
final class Lamb extends Optimizer {
  private static final String FIRST_MOMENT = "exp_avg/";
  private static final String SECOND_MOMENT = "exp_avg_sq/";

  /**
   * The constants of a run.
   *
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon added to the root of the second moment
   * @param weightDecay of the decayed group
   * @param biasCorrection whether moments are corrected for starting at zero
   * @param alwaysAdapt whether parameters without weight decay are adapted too
   * @param trustClip whether norms may only shorten a step
   */
  record Constants(
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      boolean biasCorrection,
      boolean alwaysAdapt,
      boolean trustClip) {}

  private final Constants constants;

  /** Creates the optimizer with moments of zero, which go to the arena. */
  Lamb(Backend backend, TensorArena arena, ParameterGroups groups, Constants constants) {
    super(backend, groups, constants.weightDecay());
    this.constants = constants;
    addState(FIRST_MOMENT, arena);
    addState(SECOND_MOMENT, arena);
  }

  /** Unlike PyTorch's clipping, timm's LAMB adds nothing to the norm. */
  @Override
  double clipFactor(double norm, double limit) {
    return limit == 0 ? 1 : 1 / Math.max(1, norm / limit);
  }

  @Override
  void update(Parameter parameter, Step step, double decay) {
    var numbers =
        new LambStep(
            step.number(),
            step.learningRate(),
            constants.beta1(),
            constants.beta2(),
            constants.epsilon(),
            decay,
            constants.biasCorrection(),
            decay != 0 || constants.alwaysAdapt(),
            constants.trustClip(),
            step.gradientScale());
    backend
        .optimizer()
        .lamb(
            parameter.value(),
            state(FIRST_MOMENT, parameter),
            state(SECOND_MOMENT, parameter),
            parameter.gradient(),
            numbers);
  }

  @Override
  void updateAverage(Ema ema) {
    ema.update();
  }
}
