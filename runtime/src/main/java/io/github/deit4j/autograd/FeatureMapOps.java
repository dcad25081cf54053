package io.github.deit4j.autograd;

import io.github.deit4j.device.Backend;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.op.NormalizationOps;
import io.github.deit4j.op.NormalizationOps.BatchNormGradients;
import io.github.deit4j.op.NormalizationOps.BatchNormLayer;
import io.github.deit4j.op.NormalizationOps.Statistics;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;

/**
 * The ops of convolutional networks, from {@link Ops#featureMaps()}. Feature maps have their
 * channels last: [B, height, width, C]; see {@link ConvolutionOps} and {@link NormalizationOps} for
 * what each op computes.
 */
public final class FeatureMapOps extends TapedOps {
  private final ConvolutionOps convolutions;
  private final NormalizationOps normalizations;

  FeatureMapOps(Backend backend, TensorArena arena, Tape tape) {
    super(backend, arena, tape);
    this.convolutions = backend.convolution();
    this.normalizations = backend.normalization();
  }

  /**
   * Images as a feature map.
   *
   * @param images [B, channels, height, width]
   * @return [B, height, width, channels]
   */
  public Tensor channelsLast(Tensor images) {
    Shape shape = images.shape();
    Tensor y = arena.allocate(shape.size(0), shape.size(2), shape.size(3), shape.size(1));
    convolutions.channelsLast(y, images);
    return recorded(y, images, convolutions::channelsFirst);
  }

  /**
   * Grouped convolution without bias, with {@code (kernel − 1)/2} zeros around the map.
   *
   * @param x [B, height, width, in]
   * @param w [out, in/groups, kernel, kernel]
   * @return [B, outHeight, outWidth, out]
   */
  public Tensor convolution(Tensor x, Parameter w, int stride, int groups) {
    Shape input = x.shape();
    Shape weight = w.value().shape();
    int rest = (weight.size(2) - 1) / 2 * 2 - weight.size(2);
    Tensor y =
        arena.allocate(
            input.size(0),
            (input.size(1) + rest) / stride + 1,
            (input.size(2) + rest) / stride + 1,
            weight.size(0));
    convolutions.convolution(y, x, w.value(), stride, groups);
    return recorded(
        records(x, w),
        y,
        dy -> {
          if (w.trainable()) {
            convolutions.convolutionWeightGradient(gradient(w), dy, x, stride, groups);
          }
          if (tape.wants(x)) {
            Tensor dx = tape.allocate(x);
            convolutions.convolutionInputGradient(dx, dy, w.value(), stride, groups);
            tape.addGradient(x, dx);
          }
        });
  }

  /**
   * Batch normalisation as training does it: by the batch's own statistics, which are taken into
   * the running ones, at once or by whoever wants to.
   *
   * @param x [.., C]
   * @param residual added before the ReLU; null for none
   * @param relu whether a ReLU follows
   */
  public Tensor batchNorm(Tensor x, Tensor residual, Normalization by, boolean relu) {
    Statistics running = by.running();
    Statistics batch = new Statistics(like(running.mean()), like(running.variance()));
    normalizations.batchStatistics(batch, x);
    long pixels = x.elements() / running.mean().elements();
    if (by.follow() == null) {
      normalizations.updateStatistics(running, batch, pixels, by.momentum());
    } else {
      by.follow().take(running, batch, pixels, by.momentum());
    }
    Parameter w = by.weight();
    Parameter b = by.bias();
    BatchNormLayer layer = by.layer(batch, relu);
    Tensor y = normalize(x, residual, layer);
    return recorded(
        records(x, w, b) || residual != null && records(residual),
        y,
        dy -> {
          Tensor dx = tape.allocate(x);
          Tensor dResidual = residual == null ? null : tape.allocate(x);
          var into = new BatchNormGradients(dx, dResidual, gradient(w), gradient(b));
          normalizations.batchNormBackward(into, dy, x, residual, layer);
          addOrRelease(x, dx);
          if (residual != null) {
            addOrRelease(residual, dResidual);
          }
        });
  }

  /**
   * Batch normalisation as evaluation does it: by the running statistics. Passes no gradient on.
   *
   * @param x [.., C]
   * @param residual added before the ReLU; null for none
   * @param relu whether a ReLU follows
   */
  public Tensor frozenBatchNorm(Tensor x, Tensor residual, Normalization by, boolean relu) {
    return normalize(x, residual, by.layer(by.running(), relu));
  }

  private Tensor normalize(Tensor x, Tensor residual, BatchNormLayer layer) {
    Tensor y = like(x);
    normalizations.batchNorm(y, x, residual, layer);
    return y;
  }

  /**
   * What a batch normalisation consists of.
   *
   * @param weight [C]
   * @param bias [C]
   * @param running mean and variance, each [C]
   * @param epsilon added to variances
   * @param momentum share of each batch in the running statistics
   * @param follow takes a batch's statistics into the running ones, at a time of its own; null to
   *     do it at once
   */
  public record Normalization(
      Parameter weight,
      Parameter bias,
      Statistics running,
      double epsilon,
      double momentum,
      RunningStatistics follow) {
    private BatchNormLayer layer(Statistics by, boolean relu) {
      return new BatchNormLayer(by, weight.value(), bias.value(), epsilon, relu);
    }
  }

  /** Takes the statistics of batches into running ones. */
  @FunctionalInterface
  public interface RunningStatistics {
    /**
     * Hears of a batch; see {@link NormalizationOps#updateStatistics}.
     *
     * @param batch valid during this call
     */
    void take(Statistics running, Statistics batch, long pixels, double momentum);
  }

  /** The mean over each image's pixels: [B, C] from [B, height, width, C]. */
  public Tensor averagePool(Tensor x) {
    Tensor y = arena.allocate(x.shape().size(0), x.shape().size(3));
    convolutions.averagePool(y, x);
    return recorded(
        records(x),
        y,
        dy -> {
          Tensor dx = tape.allocate(x);
          convolutions.averagePoolBackward(dx, gradientOrZeros(x, dx), dy);
          tape.setGradient(x, dx);
        });
  }

  /**
   * Multiplies each channel of each image by a number.
   *
   * @param x [B, height, width, C]
   * @param s [B, C]
   */
  public Tensor scaleChannels(Tensor x, Tensor s) {
    Tensor y = like(x);
    convolutions.scaleChannels(y, x, s);
    return recorded(
        records(x) || records(s),
        y,
        dy -> {
          Tensor dx = tape.allocate(x);
          Tensor ds = tape.allocate(s);
          convolutions.scaleChannelsBackward(dx, ds, dy, x, s);
          addOrRelease(x, dx);
          addOrRelease(s, ds);
        });
  }

  /** {@code max(x, 0)}. */
  public Tensor relu(Tensor x) {
    Tensor y = like(x);
    backend.elementwise().relu(y, x);
    return recorded(y, x, (dx, dy) -> backend.elementwise().reluBackward(dx, dy, y));
  }

  /** {@code 1/(1 + e^−x)}. */
  public Tensor sigmoid(Tensor x) {
    Tensor y = like(x);
    backend.elementwise().sigmoid(y, x);
    return recorded(y, x, (dx, dy) -> backend.elementwise().sigmoidBackward(dx, dy, y));
  }
}
