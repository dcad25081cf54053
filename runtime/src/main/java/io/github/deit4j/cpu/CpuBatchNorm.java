package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.conv.BatchNorm;
import io.github.deit4j.cpu.conv.BatchNorm.Layer;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.op.Checks;
import io.github.deit4j.op.MapChecks;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Batch normalisation: sums image by image, added in double; numbers per channel in double. */
final class CpuBatchNorm {
  private final BatchNorm kernel;
  private final ThreadTeam team;

  CpuBatchNorm(Kernels kernels, ThreadTeam team) {
    this.kernel = kernels.batchNorm();
    this.team = team;
  }

  /** A batch as images of pixels of channels. */
  private record Batch(int images, long pixelsPerImage, int channels) {
    static Batch of(String op, Tensor x, Tensor... perChannel) {
      int channels = MapChecks.channels(op, x, perChannel);
      int images = x.shape().size(0);
      return new Batch(images, x.elements() / images / channels, channels);
    }

    long pixels() {
      return images * pixelsPerImage;
    }
  }

  /** Sums of one image's pixels, to array elements from {@code at}. */
  @FunctionalInterface
  private interface ImageSums {
    void compute(int at, long from, long to);
  }

  private void forEachImage(Batch batch, ImageSums sums) {
    long pixels = batch.pixelsPerImage;
    team.run(
        batch.images,
        (image, scratch) ->
            sums.compute(image * batch.channels, image * pixels, (image + 1) * pixels));
  }

  private static double[] add(float[] sums, Batch batch) {
    double[] total = new double[batch.channels];
    for (int image = 0; image < batch.images; image++) {
      for (int c = 0; c < batch.channels; c++) {
        total[c] += sums[image * batch.channels + c];
      }
    }
    return total;
  }

  void statistics(Tensor mean, Tensor variance, Tensor x) {
    String op = "batchStatistics";
    Batch batch = Batch.of(op, x, mean, variance);
    MemorySegment in = x.segment();
    float[] sums = new float[batch.images * batch.channels];
    forEachImage(batch, (at, from, to) -> kernel.sums(sums, at, in, batch.channels, from, to));
    float[] center = dividedByPixels(sums, batch);
    forEachImage(
        batch, (at, from, to) -> kernel.squares(sums, at, in, center, batch.channels, from, to));
    write(mean, center);
    write(variance, dividedByPixels(sums, batch));
  }

  private static float[] dividedByPixels(float[] sums, Batch batch) {
    double[] total = add(sums, batch);
    float[] mean = new float[total.length];
    for (int c = 0; c < mean.length; c++) {
      mean[c] = (float) (total[c] / batch.pixels());
    }
    return mean;
  }

  void update(
      Tensor runningMean,
      Tensor runningVariance,
      Tensor mean,
      Tensor variance,
      long pixels,
      double momentum) {
    MapChecks.statistics("updateStatistics", pixels, mean, variance, runningMean, runningVariance);
    long channels = mean.elements();
    average(runningMean.segment(), mean.segment(), 1, momentum, channels);
    double unbiased = (double) pixels / (pixels - 1);
    average(runningVariance.segment(), variance.segment(), unbiased, momentum, channels);
  }

  private static void average(
      MemorySegment running, MemorySegment batch, double factor, double momentum, long channels) {
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

  private static Layer layer(
      Tensor mean, Tensor variance, Tensor w, Tensor b, double epsilon, boolean relu) {
    float[] spread = read(variance);
    float[] weight = read(w);
    float[] scale = new float[weight.length];
    for (int c = 0; c < scale.length; c++) {
      scale[c] = (float) (weight[c] * reciprocalDeviation(spread[c], epsilon));
    }
    return new Layer(scale.length, read(mean), scale, read(b), relu);
  }

  void forward(
      Tensor y,
      Tensor x,
      Tensor residual,
      Tensor mean,
      Tensor variance,
      Tensor w,
      Tensor b,
      double epsilon,
      boolean relu) {
    String op = "batchNorm";
    Batch batch = Batch.of(op, x, w, mean, variance, b);
    Checks.elements(op, "y", y, x.elements());
    MapChecks.residual(op, x, residual, residual);
    MemorySegment other = memory(residual);
    Layer layer = layer(mean, variance, w, b, epsilon, relu);
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    team.runRanges(
        batch.pixels(),
        CpuBackend.rowGrain(batch.channels),
        (from, to) -> kernel.forward(out, in, other, layer, from, to));
  }

  private static MemorySegment memory(Tensor residual) {
    return residual == null ? null : residual.segment();
  }

  void backward(
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
    String op = "batchNormBackward";
    Batch batch = Batch.of(op, x, w, mean, variance, b, dw, db);
    Checks.elements(op, "dy", dy, x.elements());
    Checks.elements(op, "dx", dx, x.elements());
    MapChecks.residual(op, x, residual, dResidual);
    MemorySegment other = memory(residual);
    MemorySegment dOther = memory(dResidual);
    Layer layer = layer(mean, variance, w, b, epsilon, relu);
    MemorySegment gradient = dy.segment();
    MemorySegment in = x.segment();
    float[] sums = new float[batch.images * batch.channels];
    float[] products = new float[batch.images * batch.channels];
    forEachImage(
        batch,
        (at, from, to) ->
            kernel.gradientSums(sums, products, at, gradient, in, other, layer, from, to));
    double[] sum = add(sums, batch);
    double[] product = add(products, batch);
    float[] slope = new float[batch.channels];
    float[] offset = new float[batch.channels];
    float[] spread = read(variance);
    float[] weight = read(w);
    for (int c = 0; c < batch.channels; c++) {
      double r = reciprocalDeviation(spread[c], epsilon);
      double scale = weight[c] * r;
      slope[c] = (float) (-scale * r * r * product[c] / batch.pixels());
      offset[c] = (float) (-scale * sum[c] / batch.pixels());
      addTo(dw, c, r * product[c]);
      addTo(db, c, sum[c]);
    }
    MemorySegment result = dx.segment();
    team.runRanges(
        batch.pixels(),
        CpuBackend.rowGrain(batch.channels),
        (from, to) ->
            kernel.backward(result, dOther, gradient, in, other, slope, offset, layer, from, to));
  }

  private static void addTo(Tensor sum, int c, double value) {
    MemorySegment memory = sum.segment();
    memory.setAtIndex(JAVA_FLOAT, c, (float) (memory.getAtIndex(JAVA_FLOAT, c) + value));
  }
}
