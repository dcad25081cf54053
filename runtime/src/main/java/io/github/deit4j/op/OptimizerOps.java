package io.github.deit4j.op;

import io.github.deit4j.tensor.Tensor;
import java.util.List;

/** Updates of parameters. A device's method has the op's name and takes the count first. */
public abstract class OptimizerOps {
  private final OpRunner runner;

  /**
   * Creates the family.
   *
   * @param runner does its ops
   */
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
   * Updates a parameter and its moments, and then, where there is one, its average; on the CPU in
   * one pass over memory.
   *
   * @param p parameter
   * @param m first moment
   * @param v second moment
   * @param g gradient
   * @param average follows the updated parameter; null for none
   */
  public final void adamW(Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step, Average average) {
    long count = check("adamW", p, m, v, g);
    List<Tensor> changed = List.of(p);
    if (average != null) {
      Checks.elements("adamW", "average", average.average, count);
      changed = List.of(p, average.average);
    }
    runner.update(
        "adamW", changed, () -> adamW(count, p, m, v, g, step, average), p, m, v, g, step, average);
  }

  /** {@link #adamW(Tensor, Tensor, Tensor, Tensor, AdamWStep, Average)} without an average. */
  public final void adamW(Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step) {
    adamW(p, m, v, g, step, null);
  }

  /**
   * SGD with momentum as in PyTorch: {@code b = momentum·b + gradientScale·g + weightDecay·p, p −=
   * lr·b}.
   */
  public final void sgd(
      Tensor p,
      Tensor b,
      Tensor g,
      double gradientScale,
      double weightDecay,
      double momentum,
      double learningRate) {
    long count = check("sgd", p, b, g);
    runner.update(
        "sgd",
        List.of(p),
        () ->
            sgd(
                count,
                p,
                b,
                g,
                (float) gradientScale,
                (float) weightDecay,
                (float) momentum,
                (float) learningRate),
        p,
        b,
        g,
        gradientScale,
        weightDecay,
        momentum,
        learningRate);
  }

  /** {@code average = decay·average + (1 − decay)·p}. */
  public final void ema(Tensor average, Tensor p, double decay) {
    long count = check("ema", average, p);
    Average following = new Average(average, decay);
    runner.update("ema", List.of(average), () -> ema(count, following, p), average, p, decay);
  }

  private static long check(String op, Tensor... same) {
    long count = same[0].elements();
    for (Tensor each : same) {
      Checks.elements(op, "operand", each, count);
    }
    return count;
  }

  /** Returns the sum of squares. */
  protected abstract double sum(List<Tensor> tensors);

  /** Updates parameter, moments and, unless it is null, average. */
  protected abstract void adamW(
      long count, Tensor p, Tensor m, Tensor v, Tensor g, AdamWStep step, Average average);

  /** Updates parameter and momentum. */
  protected abstract void sgd(
      long count,
      Tensor p,
      Tensor b,
      Tensor g,
      float gradientScale,
      float weightDecay,
      float momentum,
      float learningRate);

  /** Updates an average. */
  protected abstract void ema(long count, Average average, Tensor p);
}
