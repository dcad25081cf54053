package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.op.Clipping;
import io.github.deit4j.op.OptimizerOps;
import io.github.deit4j.op.OptimizerOps.AdamWStep;
import io.github.deit4j.op.OptimizerOps.AdamWUpdate;
import io.github.deit4j.op.OptimizerOps.Average;
import io.github.deit4j.op.OptimizerOps.LambStep;
import io.github.deit4j.op.OptimizerOps.SgdStep;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Changes parameters by their gradients, once a step. */
public abstract class Optimizer {
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
   * @param gradientScale as {@link OptimizerOps#gradientScale} leaves it; null for gradients as
   *     they are
   * @param ema the moving average of the model, updated with it; null without one
   */
  public record Step(int number, double learningRate, Tensor gradientScale, Ema ema) {
    private Step atRate(double factor) {
      return factor == 1 ? this : new Step(number, learningRate * factor, gradientScale, ema);
    }
  }

  /**
   * Returns how gradients are clipped.
   *
   * @param limit the largest norm; 0 leaves gradients as they are
   */
  Clipping clipping(double limit) {
    return new Clipping(limit, Clipping.Rule.TORCH);
  }

  /** Updates every parameter. Their gradients are used up. */
  public final void step(Step step) {
    List<Change> changes = new ArrayList<>();
    for (Parameter each : groups.decayed()) {
      changes.add(new Change(each, step.atRate(groups.rate(each)), weightDecay));
    }
    for (Parameter each : groups.undecayed()) {
      changes.add(new Change(each, step.atRate(groups.rate(each)), 0));
    }
    update(changes, step.gradientScale());
    if (step.ema() != null) {
      updateAverage(step.ema());
    }
  }

  /** What a step does to one parameter: at its own rate, with its own weight decay. */
  record Change(Parameter parameter, Step step, double decay) {}

  /**
   * Updates the parameters, in this order or at once.
   *
   * @param scale as that of the step
   */
  abstract void update(List<Change> changes, Tensor scale);

  /** Takes into the average what {@link #update} has not. */
  abstract void updateAverage(Ema ema);

  /**
   * Which parameters weight decay touches, as in timm: not those with one dimension, biases,
   * position embedding and class token. The oldest timm decays the distillation token, newer ones
   * do not.
   *
   * @param decayed parameters with weight decay
   * @param undecayed parameters without
   * @param rates what the learning rate of a parameter is multiplied by, by its name
   */
  public record ParameterGroups(
      List<Parameter> decayed, List<Parameter> undecayed, ToDoubleFunction<String> rates) {
    /** Groups with one learning rate. */
    public ParameterGroups(List<Parameter> decayed, List<Parameter> undecayed) {
      this(decayed, undecayed, name -> 1);
    }

    /** Divides parameters into the two groups, keeping their order; frozen ones are in neither. */
    public static ParameterGroups of(List<Parameter> parameters, boolean decayDistToken) {
      List<Parameter> trained = parameters.stream().filter(Parameter::trainable).toList();
      return new ParameterGroups(
          trained.stream().filter(p -> decays(p, decayDistToken)).toList(),
          trained.stream().filter(p -> !decays(p, decayDistToken)).toList());
    }

    /**
     * Returns the same groups with timm's layer-wise rates: {@code decay^(layers − layer)}.
     *
     * @param decay of (0, 1]; 1 for one rate
     */
    public ParameterGroups withLayerDecay(double decay, ModelConfig config) {
      int layers = config.layers();
      return new ParameterGroups(
          decayed, undecayed, name -> StrictMath.pow(decay, layers - config.layer(name)));
    }

    double rate(Parameter parameter) {
      return rates.applyAsDouble(parameter.name());
    }

    private static boolean decays(Parameter parameter, boolean decayDistToken) {
      return switch (parameter.name()) {
        case "pos_embed", "cls_token" -> false;
        case "dist_token" -> decayDistToken;
        default -> parameter.value().shape().rank() > 1 && !parameter.name().endsWith(".bias");
      };
    }
  }

  /** AdamW (Loshchilov and Hutter 2019), DeiT's optimizer. */
  public static final class AdamW extends Optimizer {
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
    void update(List<Change> changes, Tensor scale) {
      backend.optimizer().adamW(changes.stream().map(this::update).toList(), scale);
    }

    private AdamWUpdate update(Change change) {
      Parameter parameter = change.parameter();
      Step step = change.step();
      var numbers =
          new AdamWStep(
              step.number(),
              step.learningRate(),
              constants.beta1(),
              constants.beta2(),
              constants.epsilon(),
              change.decay());
      Ema ema = step.ema();
      return new AdamWUpdate(
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

  /** Stochastic gradient descent with momentum, and weight decay added to the gradient. */
  static final class Sgd extends Optimizer {
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
    void update(List<Change> changes, Tensor scale) {
      changes.forEach(each -> update(each.parameter(), each.step(), each.decay(), scale));
    }

    private void update(Parameter parameter, Step step, double decay, Tensor scale) {
      var numbers =
          new SgdStep(decay, constants.momentum(), step.learningRate(), constants.nesterov());
      backend
          .optimizer()
          .sgd(parameter.value(), state(VELOCITY, parameter), parameter.gradient(), numbers, scale);
    }

    @Override
    void updateAverage(Ema ema) {
      ema.update();
    }
  }

  /**
   * LAMB (You et al. 2020), DeiT III's optimizer, as timm has it: parameters without weight decay
   * are not adapted to norms (the rule of NVIDIA's NVLAMB).
   */
  static final class Lamb extends Optimizer {
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
    Clipping clipping(double limit) {
      return new Clipping(limit, Clipping.Rule.LAMB);
    }

    @Override
    void update(List<Change> changes, Tensor scale) {
      changes.forEach(each -> update(each.parameter(), each.step(), each.decay(), scale));
    }

    private void update(Parameter parameter, Step step, double decay, Tensor scale) {
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
              constants.trustClip());
      backend
          .optimizer()
          .lamb(
              parameter.value(),
              state(FIRST_MOMENT, parameter),
              state(SECOND_MOMENT, parameter),
              parameter.gradient(),
              numbers,
              scale);
    }

    @Override
    void updateAverage(Ema ema) {
      ema.update();
    }
  }
}
