package io.github.deit4j.cpu;

import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.tensor.Tensor;

/** The ops of convolutional networks on the host processor. */
final class CpuConvolutionOps implements ConvolutionOps {
  private final CpuConvolution convolution;
  private final CpuBatchNorm batchNorm;
  private final CpuChannels channels;

  CpuConvolutionOps(Kernels kernels, ThreadTeam team, PreparedWeights prepared) {
    this.convolution = new CpuConvolution(kernels, team, prepared);
    this.batchNorm = new CpuBatchNorm(kernels, team);
    this.channels = new CpuChannels(kernels, team);
  }

  @Override
  public void channelsLast(Tensor y, Tensor x) {
    channels.channelsLast(y, x);
  }

  @Override
  public void channelsFirst(Tensor y, Tensor x) {
    channels.channelsFirst(y, x);
  }

  @Override
  public void prepareConvolution(Tensor w) {
    convolution.prepare(w);
  }

  @Override
  public void convolution(Tensor y, Tensor x, Tensor w, int stride, int groups) {
    convolution.forward(y, x, w, stride, groups);
  }

  @Override
  public void convolutionInputGradient(Tensor dx, Tensor dy, Tensor w, int stride, int groups) {
    convolution.inputGradient(dx, dy, w, stride, groups);
  }

  @Override
  public void convolutionWeightGradient(Tensor dw, Tensor dy, Tensor x, int stride, int groups) {
    convolution.weightGradient(dw, dy, x, stride, groups);
  }

  @Override
  public void batchStatistics(Tensor mean, Tensor variance, Tensor x) {
    batchNorm.statistics(mean, variance, x);
  }

  @Override
  public void updateStatistics(
      Tensor runningMean,
      Tensor runningVariance,
      Tensor mean,
      Tensor variance,
      long pixels,
      double momentum) {
    batchNorm.update(runningMean, runningVariance, mean, variance, pixels, momentum);
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
    batchNorm.forward(y, x, residual, mean, variance, w, b, epsilon, relu);
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
    batchNorm.backward(dx, dResidual, dw, db, dy, x, residual, mean, variance, w, b, epsilon, relu);
  }

  @Override
  public void averagePool(Tensor y, Tensor x) {
    channels.averagePool(y, x);
  }

  @Override
  public void averagePoolBackward(Tensor dx, Tensor base, Tensor dy) {
    channels.averagePoolBackward(dx, base, dy);
  }

  @Override
  public void scaleChannels(Tensor y, Tensor x, Tensor s) {
    channels.scale(y, x, s);
  }

  @Override
  public void scaleChannelsBackward(Tensor dx, Tensor ds, Tensor dy, Tensor x, Tensor s) {
    channels.scaleBackward(dx, ds, dy, x, s);
  }

  @Override
  public void relu(Tensor y, Tensor x) {
    channels.relu(y, x);
  }

  @Override
  public void reluBackward(Tensor dx, Tensor dy, Tensor y) {
    channels.reluBackward(dx, dy, y);
  }

  @Override
  public void sigmoid(Tensor y, Tensor x) {
    channels.sigmoid(y, x);
  }

  @Override
  public void sigmoidBackward(Tensor dx, Tensor dy, Tensor y) {
    channels.sigmoidBackward(dx, dy, y);
  }
}
