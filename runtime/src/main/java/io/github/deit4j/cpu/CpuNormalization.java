package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.conv.BatchNormKernel;
import io.github.deit4j.cpu.kernel.LayerNormKernel;
import io.github.deit4j.op.NormalizationOps;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Layer normalisation by rows. Batch normalisation: sums image by image, added in double; numbers
 * per channel in double.
 */
final class CpuNormalization extends NormalizationOps {
  private final CpuRunner cpu;
  private final ThreadTeam team;
  private final LayerNormKernel rowKernel;
  private final BatchNormKernel kernel;

  CpuNormalization(CpuRunner cpu) {
    super(cpu);
    this.cpu = cpu;
    this.team = cpu.team;
    this.rowKernel = cpu.kernels.layerNorm();
    this.kernel = cpu.kernels.batchNorm();
  }

  @Override
  protected void layerNorm(
      Rows rows, Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor w, Tensor b, float epsilon) {
    int width = rows.width();
    MemorySegment out = y.segment();
    MemorySegment means = mean.segment();
    MemorySegment rstds = rstd.segment();
    MemorySegment in = x.segment();
    MemorySegment weight = w.segment();
    MemorySegment bias = b.segment();
    team.runRanges(
        rows.count(),
        CpuRunner.rowGrain(width),
        (from, to) ->
            rowKernel.forward(out, means, rstds, in, weight, bias, epsilon, width, from, to));
  }

  @Override
  protected void layerNormBackward(
      Rows rows, Tensor dx, Tensor base, Tensor dy, Tensor x, Tensor w, Tensor mean, Tensor rstd) {
    int width = rows.width();
    MemorySegment result = dx.segment();
    MemorySegment start = base.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment in = x.segment();
    MemorySegment weight = w.segment();
    MemorySegment means = mean.segment();
    MemorySegment rstds = rstd.segment();
    team.runRanges(
        rows.count(),
        CpuRunner.rowGrain(width),
        (from, to) ->
            rowKernel.backward(result, start, gradient, in, weight, means, rstds, width, from, to));
  }

  @Override
  protected void layerNormParameterGradients(
      Rows rows, Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor mean, Tensor rstd) {
    int width = rows.width();
    MemorySegment dWeight = dw.segment();
    MemorySegment dBias = db.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment in = x.segment();
    MemorySegment means = mean.segment();
    MemorySegment rstds = rstd.segment();
    team.runRanges(
        width,
        cpu.columnGrain(width),
        (from, to) ->
            rowKernel.parameterGradients(
                dWeight, dBias, gradient, in, means, rstds, width, rows.count(), from, to));
  }

  /** Sums of one image's pixels, to array elements from {@code at}. */
  @FunctionalInterface
  private interface ImageSums {
    void compute(int at, long from, long to);
  }

  private void forEachImage(Batch batch, ImageSums sums) {
    long pixels = batch.pixelsPerImage();
    team.run(
        batch.images(),
        (image, scratch) ->
            sums.compute(image * batch.channels(), image * pixels, (image + 1) * pixels));
  }

  private static double[] add(float[] sums, Batch batch) {
    double[] total = new double[batch.channels()];
    for (int image = 0; image < batch.images(); image++) {
      for (int c = 0; c < batch.channels(); c++) {
        total[c] += sums[image * batch.channels() + c];
      }
    }
    return total;
  }

  @Override
  protected void batchStatistics(Batch batch, Statistics y, Tensor x) {
    int channels = batch.channels();
    MemorySegment in = x.segment();
    float[] sums = new float[batch.images() * channels];
    forEachImage(batch, (at, from, to) -> kernel.sums(sums, at, in, channels, from, to));
    float[] center = dividedByPixels(sums, batch);
    forEachImage(batch, (at, from, to) -> kernel.squares(sums, at, in, center, channels, from, to));
    write(y.mean(), center);
    write(y.variance(), dividedByPixels(sums, batch));
  }

  private static float[] dividedByPixels(float[] sums, Batch batch) {
    double[] total = add(sums, batch);
    float[] mean = new float[total.length];
    for (int c = 0; c < mean.length; c++) {
      mean[c] = (float) (total[c] / batch.pixels());
    }
    return mean;
  }

  @Override
  protected void updateStatistics(
      int channels, Statistics running, Statistics batch, double unbiased, double momentum) {
    average(running.mean(), batch.mean(), 1, momentum, channels);
    average(running.variance(), batch.variance(), unbiased, momentum, channels);
  }

  private static void average(
      Tensor runningTensor, Tensor batchTensor, double factor, double momentum, long channels) {
    MemorySegment running = runningTensor.segment();
    MemorySegment batch = batchTensor.segment();
    for (long c = 0; c < channels; c++) {
      double old = running.getAtIndex(JAVA_FLOAT, c);
      double added = factor * batch.getAtIndex(JAVA_FLOAT, c);
      running.setAtIndex(JAVA_FLOAT, c, (float) ((1 - momentum) * old + momentum * added));
    }
  }

  private static float[] read(Tensor tensor) {
    return tensor.segment().toArray(JAVA_FLOAT);
  }

  private static void write(Tensor tensor, float[] values) {
    tensor.segment().copyFrom(MemorySegment.ofArray(values));
  }

  private static double reciprocalDeviation(float variance, double epsilon) {
    return 1 / Math.sqrt(variance + epsilon);
  }

  private static BatchNormKernel.Layer layer(BatchNormLayer layer) {
    float[] variance = read(layer.statistics().variance());
    float[] weight = read(layer.w());
    float[] scale = new float[weight.length];
    for (int c = 0; c < scale.length; c++) {
      scale[c] = (float) (weight[c] * reciprocalDeviation(variance[c], layer.epsilon()));
    }
    return new BatchNormKernel.Layer(
        scale.length, read(layer.statistics().mean()), scale, read(layer.b()), layer.relu());
  }

  @Override
  protected void batchNorm(
      Batch batch, Tensor y, Tensor x, Tensor residual, BatchNormLayer operands) {
    MemorySegment other = memory(residual);
    BatchNormKernel.Layer layer = layer(operands);
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    team.runRanges(
        batch.pixels(),
        CpuRunner.rowGrain(batch.channels()),
        (from, to) -> kernel.forward(out, in, other, layer, from, to));
  }

  private static MemorySegment memory(Tensor residual) {
    return residual == null ? null : residual.segment();
  }

  @Override
  protected void batchNormBackward(
      Batch batch,
      BatchNormGradients into,
      Tensor dy,
      Tensor x,
      Tensor residual,
      BatchNormLayer operands) {
    int channels = batch.channels();
    MemorySegment other = memory(residual);
    MemorySegment dOther = memory(into.dResidual());
    BatchNormKernel.Layer layer = layer(operands);
    MemorySegment gradient = dy.segment();
    MemorySegment in = x.segment();
    float[] sums = new float[batch.images() * channels];
    float[] products = new float[batch.images() * channels];
    forEachImage(
        batch,
        (at, from, to) ->
            kernel.gradientSums(sums, products, at, gradient, in, other, layer, from, to));
    double[] sum = add(sums, batch);
    double[] product = add(products, batch);
    float[] slope = new float[channels];
    float[] offset = new float[channels];
    float[] variance = read(operands.statistics().variance());
    float[] weight = read(operands.w());
    for (int c = 0; c < channels; c++) {
      double r = reciprocalDeviation(variance[c], operands.epsilon());
      double scale = weight[c] * r;
      slope[c] = (float) (-scale * r * r * product[c] / batch.pixels());
      offset[c] = (float) (-scale * sum[c] / batch.pixels());
      addTo(into.dw(), c, r * product[c]);
      addTo(into.db(), c, sum[c]);
    }
    MemorySegment result = into.dx().segment();
    team.runRanges(
        batch.pixels(),
        CpuRunner.rowGrain(channels),
        (from, to) ->
            kernel.backward(result, dOther, gradient, in, other, slope, offset, layer, from, to));
  }

  private static void addTo(Tensor sum, int c, double value) {
    MemorySegment memory = sum.segment();
    memory.setAtIndex(JAVA_FLOAT, c, (float) (memory.getAtIndex(JAVA_FLOAT, c) + value));
  }
}
