package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Changes parameters by their gradients, once a step. */
public abstract class Optimizer {
  /** Keeps the clipping factor finite where all gradients are zero, as PyTorch does. */
  private static final double CLIP_EPSILON = 1e-6;

  final Backend backend;
  private final ParameterGroups groups;
  private final double weightDecay;
  private final Map<String, Tensor> state = new LinkedHashMap<>();

  Optimizer(Backend backend, ParameterGroups groups, double weightDecay) {
    this.backend = backend;
    this.groups = groups;
    this.weightDecay = weightDecay;
  }

  /** Adds a tensor of zeros for each parameter to the state, named by the prefix too. */
  final void addState(String prefix, TensorArena arena) {
    for (List<Parameter> group : List.of(groups.decayed(), groups.undecayed())) {
      for (Parameter parameter : group) {
        Tensor tensor = arena.allocate(parameter.value().dtype(), parameter.value().shape());
        backend.fill(tensor, 0f);
        state.put(prefix + parameter.name(), tensor);
      }
    }
  }

  final Tensor state(String prefix, Parameter parameter) {
    return state.get(prefix + parameter.name());
  }

  /** Returns the optimizer's own tensors by name, in a fixed order: what a checkpoint holds. */
  public final Map<String, Tensor> state() {
    return state;
  }

  /**
   * What a step does to all parameters.
   *
   * @param number from 1
   * @param gradientScale what gradients are multiplied by first: the clipping factor, or 1
   * @param ema the moving average of the model, updated with it; null without one
   */
  public record Step(int number, double learningRate, double gradientScale, Ema ema) {}

  /**
   * Returns what to multiply gradients by so that their norm is at most {@code limit}.
   *
   * @param limit the largest norm; 0 leaves gradients as they are
   */
  double clipFactor(double norm, double limit) {
    return limit == 0 ? 1 : Math.min(1, limit / (norm + CLIP_EPSILON));
  }

  /** Updates every parameter. Their gradients are used up. */
  public final void step(Step step) {
    groups.decayed().forEach(parameter -> update(parameter, step, weightDecay));
    groups.undecayed().forEach(parameter -> update(parameter, step, 0));
    if (step.ema() != null) {
      updateAverage(step.ema());
    }
  }

  abstract void update(Parameter parameter, Step step, double decay);

  /** Takes into the average what {@link #update} has not. */
  abstract void updateAverage(Ema ema);

  /**
   * Which parameters weight decay touches, as in timm: not those with one dimension, biases,
   * position embedding and class token. The oldest timm decays the distillation token, newer ones
   * do not.
   *
   * @param decayed parameters with weight decay
   * @param undecayed parameters without
   */
  public record ParameterGroups(List<Parameter> decayed, List<Parameter> undecayed) {
    /** Divides parameters into the two groups, keeping their order. */
    public static ParameterGroups of(List<Parameter> parameters, boolean decayDistToken) {
      return new ParameterGroups(
          parameters.stream().filter(p -> decays(p, decayDistToken)).toList(),
          parameters.stream().filter(p -> !decays(p, decayDistToken)).toList());
    }

    private static boolean decays(Parameter parameter, boolean decayDistToken) {
      return switch (parameter.name()) {
        case "pos_embed", "cls_token" -> false;
        case "dist_token" -> decayDistToken;
        default -> parameter.value().shape().rank() > 1 && !parameter.name().endsWith(".bias");
      };
    }
  }
}
