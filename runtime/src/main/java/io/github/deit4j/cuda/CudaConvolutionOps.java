package io.github.deit4j.cuda;

import io.github.deit4j.device.Precision;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.tensor.Tensor;

/** The ops of convolutional networks on the device. */
final class CudaConvolutionOps implements ConvolutionOps {
  private final Launcher launcher;
  private final CudaConvolution convolution;
  private final CudaBatchNorm batchNorm;
  private final CudaChannels channels;

  CudaConvolutionOps(Launcher launcher, Products products, Precision precision) {
    this.launcher = launcher;
    this.convolution = new CudaConvolution(launcher, products, precision);
    this.batchNorm = new CudaBatchNorm(launcher);
    this.channels = new CudaChannels(launcher);
  }

  @Override
  public void channelsLast(Tensor y, Tensor x) {
    launcher.run(() -> channels.channelsLast(y, x));
  }

  @Override
  public void channelsFirst(Tensor y, Tensor x) {
    launcher.run(() -> channels.channelsFirst(y, x));
  }

  @Override
  public void convolution(Tensor y, Tensor x, Tensor w, int stride, int groups) {
    launcher.run(() -> convolution.forward(y, x, w, stride, groups));
  }

  @Override
  public void convolutionInputGradient(Tensor dx, Tensor dy, Tensor w, int stride, int groups) {
    launcher.run(() -> convolution.inputGradient(dx, dy, w, stride, groups));
  }

  @Override
  public void convolutionWeightGradient(Tensor dw, Tensor dy, Tensor x, int stride, int groups) {
    launcher.run(() -> convolution.weightGradient(dw, dy, x, stride, groups));
  }

  @Override
  public void batchStatistics(Tensor mean, Tensor variance, Tensor x) {
    launcher.run(() -> batchNorm.statistics(mean, variance, x));
  }

  @Override
  public void updateStatistics(
      Tensor runningMean,
      Tensor runningVariance,
      Tensor mean,
      Tensor variance,
      long pixels,
      double momentum) {
    launcher.run(
        () -> batchNorm.update(runningMean, runningVariance, mean, variance, pixels, momentum));
  }

  @Override
  public void batchNorm(
      Tensor y,
      Tensor x,
      Tensor residual,
      Tensor mean,
      Tensor variance,
      Tensor w,
      Tensor b,
      double epsilon,
      boolean relu) {
    launcher.run(() -> batchNorm.forward(y, x, residual, mean, variance, w, b, epsilon, relu));
  }

  @Override
  public void batchNormBackward(
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
      boolean relu) {
    launcher.run(
        () ->
            batchNorm.backward(
                dx, dResidual, dw, db, dy, x, residual, mean, variance, w, b, epsilon, relu));
  }

  @Override
  public void averagePool(Tensor y, Tensor x) {
    launcher.run(() -> channels.averagePool(y, x));
  }

  @Override
  public void averagePoolBackward(Tensor dx, Tensor base, Tensor dy) {
    launcher.run(() -> channels.averagePoolBackward(dx, base, dy));
  }

  @Override
  public void scaleChannels(Tensor y, Tensor x, Tensor s) {
    launcher.run(() -> channels.scale(y, x, s));
  }

  @Override
  public void scaleChannelsBackward(Tensor dx, Tensor ds, Tensor dy, Tensor x, Tensor s) {
    launcher.run(() -> channels.scaleBackward(dx, ds, dy, x, s));
  }

  @Override
  public void relu(Tensor y, Tensor x) {
    launcher.run(() -> channels.relu(y, x));
  }

  @Override
  public void reluBackward(Tensor dx, Tensor dy, Tensor y) {
    launcher.run(() -> channels.reluBackward(dx, dy, y));
  }

  @Override
  public void sigmoid(Tensor y, Tensor x) {
    launcher.run(() -> channels.sigmoid(y, x));
  }

  @Override
  public void sigmoidBackward(Tensor dx, Tensor dy, Tensor y) {
    launcher.run(() -> channels.sigmoidBackward(dx, dy, y));
  }
}
