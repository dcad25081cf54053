package io.github.deit4j.op;

import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;

/**
 * What convolutional networks need of a {@link Backend} beside its other ops. Feature maps have
 * their channels last, [B, height, width, channels]: a 1×1 convolution is a plain matrix product
 * then, and all else goes through the channels side by side. Weights keep PyTorch's layout.
 *
 * <p>The rules of {@link Backend} hold: activation gradients are overwritten, parameter gradients
 * are added to, shapes are checked first.
 */
public interface ConvolutionOps {
  /** {@code y[b, row, column, c] = x[b, c, row, column]}. */
  void channelsLast(Tensor y, Tensor x);

  /** {@code y[b, c, row, column] = x[b, row, column, c]}: the gradient of {@link #channelsLast}. */
  void channelsFirst(Tensor y, Tensor x);

  /**
   * Says that a weight of {@link #convolution} is used many times before it changes, as {@link
   * Backend#prepare} does for linear layers.
   *
   * @param w [out, in/groups, kernel, kernel]
   */
  default void prepareConvolution(Tensor w) {}

  /**
   * Grouped convolution without bias, surrounded by {@code (kernel − 1)/2} zeros on each side,
   * rounded down. {@code y[b, r, q, o]} is one chain from 0 over (tap row, tap column, input
   * channel of o's group) of {@code x[b, stride·r + tapRow − padding, stride·q + tapColumn −
   * padding, i] ·w[o, i, tapRow, tapColumn]}, taps outside counting as zeros.
   *
   * @param y [B, outHeight, outWidth, out] with {@code outHeight = (height + 2·padding −
   *     kernel)/stride + 1}, rounded down, and so on
   * @param x [B, height, width, in]
   * @param w [out, in/groups, kernel, kernel]; group g sees the g-th part of the input channels and
   *     makes the g-th part of the output channels
   */
  void convolution(Tensor y, Tensor x, Tensor w, int stride, int groups);

  /**
   * {@code dx} = the gradient of x: one chain from 0 per number over (tap row, tap column, output
   * channel).
   */
  void convolutionInputGradient(Tensor dx, Tensor dy, Tensor w, int stride, int groups);

  /** {@code dw +=} the gradient of w: one chain per number over (image, output row, column). */
  void convolutionWeightGradient(Tensor dw, Tensor dy, Tensor x, int stride, int groups);

  /**
   * Mean and variance of each channel over all pixels of all images. Per image a float32 chain over
   * its pixels: Σx, and with the mean Σ(x − mean)². The images' sums are added in double, in order,
   * divided by the number of pixels, and rounded.
   *
   * @param mean [C]
   * @param variance [C], biased: Σ(x − mean)²/pixels
   * @param x [.., C]; the first dimension counts the images
   */
  void batchStatistics(Tensor mean, Tensor variance, Tensor x);

  /**
   * Takes a batch's statistics into the running ones, as PyTorch does: {@code running = (1 −
   * momentum)·running + momentum·batch}, the batch's variance multiplied by {@code pixels/(pixels −
   * 1)} first; in double, rounded once.
   *
   * @param runningMean [C]
   * @param runningVariance [C]
   * @param pixels the numbers of which each statistic was taken; 2 or more
   */
  void updateStatistics(
      Tensor runningMean,
      Tensor runningVariance,
      Tensor mean,
      Tensor variance,
      long pixels,
      double momentum);

  /**
   * Normalises with given statistics, a batch's in training, running ones in evaluation: {@code t =
   * fma(x − mean, scale, b) + residual} with {@code scale = w/√(variance + epsilon)}, computed in
   * double and rounded; {@code y = t}, or with relu 0 where t is negative.
   *
   * @param y of x's shape
   * @param x [.., C]
   * @param residual of x's shape; null for none
   * @param mean [C]
   * @param variance [C]
   * @param w [C]
   * @param b [C]
   */
  void batchNorm(
      Tensor y,
      Tensor x,
      Tensor residual,
      Tensor mean,
      Tensor variance,
      Tensor w,
      Tensor b,
      double epsilon,
      boolean relu);

  /**
   * The gradient of {@link #batchNorm} where mean and variance are those of x. With {@code g = dy},
   * or with relu 0 where t is not positive, {@code r = 1/√(variance + epsilon)}, and sums over all
   * n pixels as in {@link #batchStatistics}: {@code db += Σg}, {@code dw += r·Σg·(x − mean)},
   * {@code dx = w·r·(g − Σg/n − (x − mean)·r²·Σg·(x − mean)/n)}.
   *
   * @param dResidual takes g; null where residual is null
   */
  void batchNormBackward(
      Tensor dx,
      Tensor dResidual,
      Tensor dw,
      Tensor db,
      Tensor dy,
      Tensor x,
      Tensor residual,
      Tensor mean,
      Tensor variance,
      Tensor w,
      Tensor b,
      double epsilon,
      boolean relu);

  /**
   * {@code y} = the mean over an image's pixels: a float32 chain, times 1/pixels.
   *
   * @param y [B, C]
   * @param x [B, height, width, C]
   */
  void averagePool(Tensor y, Tensor x);

  /** {@code dx = base + dy/pixels} for each of an image's pixels; base may be dx. */
  void averagePoolBackward(Tensor dx, Tensor base, Tensor dy);

  /**
   * {@code y[b, row, column, c] = x[b, row, column, c]·s[b, c]}: the last step of
   * squeeze-and-excitation (Hu et al. 2018).
   *
   * @param s [B, C]
   */
  void scaleChannels(Tensor y, Tensor x, Tensor s);

  /** {@code dx = dy·s}, {@code ds} = Σ dy·x over an image's pixels. */
  void scaleChannelsBackward(Tensor dx, Tensor ds, Tensor dy, Tensor x, Tensor s);

  /** {@code y = max(x, 0)}; NaN stays NaN. */
  void relu(Tensor y, Tensor x);

  /** {@code dx = dy} where y is positive, else 0. */
  void reluBackward(Tensor dx, Tensor dy, Tensor y);

  /** {@code y = 1/(1 + e^−x)}. */
  void sigmoid(Tensor y, Tensor x);

  /** {@code dx = dy·y·(1 − y)}. */
  void sigmoidBackward(Tensor dx, Tensor dy, Tensor y);
}
