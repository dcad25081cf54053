package io.github.deit4j.nn;

import io.github.deit4j.autograd.FeatureMapOps;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.op.NormalizationOps.Statistics;
import io.github.deit4j.tensor.Tensor;

/**
 * Batch normalisation (Ioffe and Szegedy 2015) with PyTorch's epsilon of 1e-5 and momentum of 0.1:
 * in training by the micro-batch's statistics, which the running ones follow, in evaluation by the
 * running ones.
 *
 * @param weight [C]
 * @param bias [C]
 * @param runningMean [C]
 * @param runningVariance [C]
 */
public record BatchNorm(
    Parameter weight, Parameter bias, Parameter runningMean, Parameter runningVariance) {
  /** Added to variances. */
  public static final double EPSILON = 1e-5;

  private static final double MOMENTUM = 0.1;

  /** Returns the normalised map. */
  public Tensor forward(ForwardPass pass, Tensor x) {
    return forward(pass, x, null, false);
  }

  /** Returns the normalised map after a ReLU. */
  public Tensor forwardRelu(ForwardPass pass, Tensor x) {
    return forward(pass, x, null, true);
  }

  /** Returns the normalised map plus another of its shape, after a ReLU: a block's last step. */
  public Tensor forwardAddRelu(ForwardPass pass, Tensor x, Tensor shortcut) {
    return forward(pass, x, shortcut, true);
  }

  private Tensor forward(ForwardPass pass, Tensor x, Tensor residual, boolean relu) {
    var by =
        new FeatureMapOps.Normalization(
            weight,
            bias,
            new Statistics(runningMean.value(), runningVariance.value()),
            EPSILON,
            MOMENTUM,
            pass.statistics());
    FeatureMapOps ops = pass.ops().featureMaps();
    return pass.isTraining()
        ? ops.batchNorm(x, residual, by, relu)
        : ops.frozenBatchNorm(x, residual, by, relu);
  }
}
