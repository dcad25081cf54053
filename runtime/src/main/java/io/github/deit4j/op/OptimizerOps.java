package io.github.deit4j.op;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Updates of parameters. A device's method has the op's name and takes the count first. */
public abstract class OptimizerOps {
  private final OpRunner runner;

  /** Creates the family on the runner that does its ops. */
  protected OptimizerOps(OpRunner runner) {
    this.runner = runner;
  }

  /**
   * A moving average that follows a parameter: {@code average = decay·average + (1 − decay)·p}.
   *
   * @param average of the parameter's size
   */
  public record Average(Tensor average, double decay) {}

  /** Returns Σx² over all tensors: blocks of 4096 by the 16-lane rule, added in double in order. */
  public final double sumOfSquares(List<Tensor> tensors) {
    for (Tensor tensor : tensors) {
      Checks.elements("sumOfSquares", "x", tensor, tensor.elements());
    }
    double[] sum = new double[1];
    runner.run("sumOfSquares", () -> sum[0] = sum(tensors), tensors);
    return sum[0];
  }

  /**
   * Computes what a step multiplies its gradients by, without telling the host: on a device nothing
   * waits for it.
   *
   * @param scale F64 [2]: becomes the Euclidean norm of all gradients together, and the factor by
   *     which they are clipped
   */
  public final void gradientScale(Tensor scale, List<Tensor> gradients, Clipping clipping) {
    String op = "gradientScale";
    checkScale(op, scale);
    for (Tensor gradient : gradients) {
      Checks.elements(op, "gradient", gradient, gradient.elements());
    }
    Object[] operands = {scale, gradients, clipping};
    runner.run(op, () -> scale(scale, gradients, clipping), operands);
  }

  private static void checkGiven(String op, Tensor scale) {
    if (scale != null) {
      checkScale(op, scale);
    }
  }

  private static void checkScale(String op, Tensor scale) {
    Checks.exactly(op, "scale", scale, DType.F64, Shape.of(2));
  }

  /**
   * What {@link #adamW(List, Tensor)} does to one parameter.
   *
   * @param p parameter
   * @param m first moment
   * @param v second moment
   * @param g gradient
   * @param average follows the updated parameter; null for none
   */
  public record AdamWUpdate(
      Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step, Average average) {
    private void check() {
      long count = Checks.same("adamW", p, m, v, g);
      if (average != null) {
        Checks.elements("adamW", "average", average.average, count);
      }
    }

    private Stream<Tensor> changed() {
      return average == null ? Stream.of(p) : Stream.of(p, average.average);
    }
  }

  /**
   * Updates parameters and their moments, and then, where there is one, their average: on the CPU
   * one after the other, each in one pass over memory, on a device all at once.
   *
   * @param scale as {@link #gradientScale} leaves it: every gradient is multiplied by its factor
   *     first; null for 1
   */
  public final void adamW(List<AdamWUpdate> updates, Tensor scale) {
    updates.forEach(AdamWUpdate::check);
    checkGiven("adamW", scale);
    if (!updates.isEmpty()) {
      List<Tensor> changed = updates.stream().flatMap(AdamWUpdate::changed).toList();
      runner.update(
          "adamW",
          changed,
          () -> adamWAll(updates, scale),
          updates.stream().map(AdamWUpdate::p).toList(),
          updates.stream().map(AdamWUpdate::m).toList(),
          updates.stream().map(AdamWUpdate::v).toList(),
          updates.stream().map(AdamWUpdate::g).toList(),
          updates.getFirst().step,
          updates.stream().map(AdamWUpdate::average).filter(Objects::nonNull).toList());
    }
  }

  /** {@link #adamW(List, Tensor)} of one parameter, whose gradient is as it is. */
  public final void adamW(Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step, Average average) {
    adamW(List.of(new AdamWUpdate(p, m, v, g, step, average)), null);
  }

  /** {@link #adamW(Tensor, Tensor, Tensor, Tensor, AdamWStep, Average)} without an average. */
  public final void adamW(Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step) {
    adamW(p, m, v, g, step, null);
  }

  /**
   * The numbers of one AdamW step (Loshchilov and Hutter 2019, algorithm 2 with the learning rate
   * on the decay): {@code p ← p·(1 − lr·weightDecay); m ← β1·m + (1−β1)·g; v ← β2·v + (1−β2)·g²; p
   * ← p − lr/(1−β1ᵗ)·m/(√v/√(1−β2ᵗ) + ε)}.
   *
   * @param step t, from 1
   */
  public record AdamWStep(
      int step,
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay) {
    /** Returns {@code 1 − lr·weightDecay}. */
    public double decay() {
      return 1 - learningRate * weightDecay;
    }

    /** Returns {@code lr/(1 − β1ᵗ)}. */
    public double stepSize() {
      return learningRate / correction(beta1, step);
    }

    /** Returns {@code 1/√(1 − β2ᵗ)}. */
    public double rootScale() {
      return 1 / StrictMath.sqrt(correction(beta2, step));
    }
  }

  /**
   * The numbers of a step of {@link #sgd}.
   *
   * @param nesterov whether the step looks ahead along the momentum
   */
  public record SgdStep(
      double weightDecay, double momentum, double learningRate, boolean nesterov) {}

  /**
   * SGD with momentum as in PyTorch: {@code d = gradientScale·g + weightDecay·p, b = momentum·b +
   * d, p −= lr·b}, with Nesterov {@code p −= lr·(d + momentum·b)}.
   *
   * @param scale whose factor is the gradientScale, as that of {@link #adamW(List, Tensor)}
   */
  public final void sgd(Tensor p, Tensor b, Tensor g, SgdStep step, Tensor scale) {
    long count = Checks.same("sgd", p, b, g);
    checkGiven("sgd", scale);
    runner.update("sgd", List.of(p), () -> sgd(count, p, b, g, step, scale), p, b, g, step);
  }

  /**
   * The numbers of one LAMB step (You et al. 2020), as timm's {@code Lamb} has it. A parameter
   * whose step adapts to the norms is moved by {@code lr·r·u}, r being {@code ‖p‖/‖u‖}, or 1 where
   * one of them is 0; the others by {@code lr·u}.
   *
   * @param step t, from 1
   * @param learningRate lr
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon ε
   * @param weightDecay w
   * @param biasCorrection whether the moments are divided by {@code 1 − βᵗ}
   * @param adapts whether the step adapts
   * @param trustClip whether r is at most 1
   */
  public record LambStep(
      int step,
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      boolean biasCorrection,
      boolean adapts,
      boolean trustClip) {
    /** Returns {@code 1/(1 − β1ᵗ)}, or 1 without correction. */
    public double firstScale() {
      return biasCorrection ? 1 / correction(beta1, step) : 1;
    }

    /** Returns {@code 1/√(1 − β2ᵗ)}, or 1 without correction. */
    public double rootScale() {
      return biasCorrection ? 1 / StrictMath.sqrt(correction(beta2, step)) : 1;
    }

    /** Returns {@code lr·r}, given the sums of squares of p and u. */
    public double rate(double squaresOfParameter, double squaresOfDirection) {
      if (squaresOfParameter == 0 || squaresOfDirection == 0) {
        return learningRate;
      }
      double ratio = StrictMath.sqrt(squaresOfParameter) / StrictMath.sqrt(squaresOfDirection);
      return learningRate * (trustClip ? Math.min(1, ratio) : ratio);
    }
  }

  /** In {@link StrictMath}, since it reaches the weights. */
  private static double correction(double beta, int step) {
    return 1 - StrictMath.pow(beta, step);
  }

  /**
   * Updates a parameter and its moments: {@code m ← β1·m + (1−β1)·g; v ← β2·v + (1−β2)·g²; u =
   * m/(1−β1ᵗ)/(√v/√(1−β2ᵗ) + ε) + w·p; p ← p − lr·r·u}.
   *
   * @param p parameter
   * @param m first moment
   * @param v second moment
   * @param g gradient; holds u afterwards
   * @param scale as that of {@link #adamW(List, Tensor)}
   */
  public final void lamb(Tensor p, Tensor m, Tensor v, Tensor g, LambStep step, Tensor scale) {
    long count = Checks.same("lamb", p, m, v, g);
    checkGiven("lamb", scale);
    Object[] operands = {p, m, v, g, step};
    runner.update("lamb", List.of(p), () -> lamb(count, p, m, v, g, step, scale), operands);
  }

  /** {@code average = decay·average + (1 − decay)·p}. */
  public final void ema(Tensor average, Tensor p, double decay) {
    ema(List.of(new Following(average, p)), decay);
  }

  /** An average and what it follows. */
  public record Following(Tensor average, Tensor p) {}

  /** The same of several averages: on a device all at once. */
  public final void ema(List<Following> averages, double decay) {
    averages.forEach(each -> Checks.same("ema", each.average, each.p));
    if (!averages.isEmpty()) {
      List<Tensor> changed = averages.stream().map(Following::average).toList();
      List<Tensor> followed = averages.stream().map(Following::p).toList();
      runner.update("ema", changed, () -> emaAll(averages, decay), changed, followed, decay);
    }
  }

  /** Returns the sum of squares. */
  protected abstract double sum(List<Tensor> tensors);

  /** Computes norm and factor. */
  protected abstract void scale(Tensor scale, List<Tensor> gradients, Clipping clipping);

  /** Updates one parameter or more. */
  protected abstract void adamWAll(List<AdamWUpdate> updates, Tensor scale);

  protected abstract void sgd(long count, Tensor p, Tensor b, Tensor g, SgdStep step, Tensor scale);

  protected abstract void lamb(
      long count, Tensor p, Tensor m, Tensor v, Tensor g, LambStep step, Tensor scale);

  /** Updates one average or more. */
  protected abstract void emaAll(List<Following> averages, double decay);
}
