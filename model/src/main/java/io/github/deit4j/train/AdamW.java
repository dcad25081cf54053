package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.OptimizerOps.AdamWStep;
import io.github.deit4j.op.OptimizerOps.Average;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** AdamW (Loshchilov and Hutter 2019), DeiT's optimizer. */
public final class AdamW implements Optimizer {
  /**
   * The constants of a run.
   *
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon added to the root of the second moment
   * @param weightDecay of the decayed group
   */
  public record Settings(double beta1, double beta2, double epsilon, double weightDecay) {}

  private final Backend backend;
  private final ParameterGroups groups;
  private final Settings settings;
  private final Map<String, Tensor> state = new LinkedHashMap<>();

  /**
   * Creates the optimizer with moments of zero.
   *
   * @param arena where the moments go
   */
  public AdamW(Backend backend, TensorArena arena, ParameterGroups groups, Settings settings) {
    this.backend = backend;
    this.groups = groups;
    this.settings = settings;
    groups.addZeros(state, "exp_avg/", backend, arena);
    groups.addZeros(state, "exp_avg_sq/", backend, arena);
  }

  @Override
  public void step(int step, double learningRate, double gradientScale, Ema ema) {
    update(
        groups.decayed(), numbers(step, learningRate, gradientScale, settings.weightDecay()), ema);
    update(groups.undecayed(), numbers(step, learningRate, gradientScale, 0), ema);
    if (ema != null) {
      ema.updateBuffers();
    }
  }

  private AdamWStep numbers(int step, double rate, double gradientScale, double weightDecay) {
    return new AdamWStep(
        step,
        rate,
        settings.beta1(),
        settings.beta2(),
        settings.epsilon(),
        weightDecay,
        gradientScale);
  }

  private void update(List<Parameter> parameters, AdamWStep numbers, Ema ema) {
    for (Parameter parameter : parameters) {
      Tensor p = parameter.value();
      Tensor m = state.get("exp_avg/" + parameter.name());
      Tensor v = state.get("exp_avg_sq/" + parameter.name());
      Tensor g = parameter.gradient();
      Average average = ema == null ? null : new Average(ema.of(parameter), ema.decay());
      backend.optimizer().adamW(p, m, v, g, numbers, average);
    }
  }

  @Override
  public Map<String, Tensor> state() {
    return state;
  }
}
