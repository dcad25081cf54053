package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.conv.BatchNormKernel;
import io.github.deit4j.cpu.conv.BatchNormKernel.Gradient;
import io.github.deit4j.cpu.conv.BatchNormKernel.Layer;
import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.cpu.kernel.LayerNormKernel;
import io.github.deit4j.op.NormalizationOps;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Layer normalisation by rows. Batch normalisation: sums image by image, added in double; numbers
 * per channel in double.
 */
final class CpuNormalization extends NormalizationOps {
  /** Numbers of the pixels that are added up at a time, which fit the first-level cache. */
  private static final int BLOCK = 8192;

  /** Numbers of normalised rows that are rounded at a time: 16 KiB. */
  private static final int ROUNDED_AT_A_TIME = 4096;

  private final CpuRunner cpu;
  private final LayerNormKernel layerNorm;
  private final BatchNormKernel batchNorm;

  CpuNormalization(CpuRunner cpu) {
    super(cpu);
    this.cpu = cpu;
    this.layerNorm = cpu.kernels.layerNorm();
    this.batchNorm = cpu.kernels.batchNorm();
  }

  private static LayerNormKernel.Rows rows(Rows rows, Tensor x, Tensor mean, Tensor rstd) {
    return new LayerNormKernel.Rows(
        x.segment(), mean.segment(), rstd.segment(), rows.count(), rows.width());
  }

  @Override
  protected void layerNorm(
      Rows rows, Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor w, Tensor b, float epsilon) {
    var in = rows(rows, x, mean, rstd);
    boolean rounds = y.dtype() == DType.BF16;
    Matrix pairs = rounds ? CpuRunner.matrix(y, rows.count(), rows.width()) : null;
    cpu.rows(
        rows.count(),
        rows.width(),
        (from, to) -> {
          if (rounds) {
            layerNormRounded(pairs, in, w.segment(), b.segment(), epsilon, from, to);
          } else {
            layerNorm.forward(y.segment(), in, w.segment(), b.segment(), epsilon, from, to);
          }
        });
  }

  /** Some rows at a time, so that float32 numbers get no further than the first-level cache. */
  private void layerNormRounded(
      Matrix pairs,
      LayerNormKernel.Rows in,
      MemorySegment w,
      MemorySegment b,
      float epsilon,
      long from,
      long to) {
    int width = in.width();
    int step = Math.max(1, ROUNDED_AT_A_TIME / width);
    MemorySegment memory = Scratch.ofThisThread().floats(Slot.ROWS, (long) step * width);
    for (long row = from; row < to; row += step) {
      int count = (int) Math.min(step, to - row);
      layerNorm.forward(memory, in.from(row), w, b, epsilon, 0, count);
      Matrix.of(memory, count, width).roundTo(pairs.block((int) row, count, 0, width));
    }
  }

  @Override
  protected void layerNormBackward(
      Rows rows, Tensor dx, Tensor base, Tensor dy, Tensor x, Tensor w, Tensor mean, Tensor rstd) {
    var in = rows(rows, x, mean, rstd);
    cpu.rows(
        rows.count(),
        rows.width(),
        (from, to) ->
            layerNorm.backward(
                dx.segment(), base.segment(), dy.segment(), in, w.segment(), from, to));
  }

  @Override
  protected void layerNormParameterGradients(
      Rows rows, Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor mean, Tensor rstd) {
    var in = rows(rows, x, mean, rstd);
    cpu.columns(
        rows.width(),
        (from, to) ->
            layerNorm.parameterGradients(dw.segment(), db.segment(), dy.segment(), in, from, to));
  }

  /** Adds some elements, whole pixels of one image, to the image's sums. */
  @FunctionalInterface
  private interface BlockSums {
    void add(float[] sums, long from, long to);
  }

  /** Returns {@code count} sums over all images, each image's in float32. */
  private double[] add(Batch batch, int count, BlockSums block) {
    int pixels = Math.max(1, BLOCK / batch.channels());
    long size = (long) batch.pixelsPerImage() * batch.channels();
    float[][] sums = new float[batch.images()][count];
    cpu.team.run(
        batch.images(),
        (image, _) -> {
          long end = (image + 1) * size;
          long step = (long) pixels * batch.channels();
          for (long from = image * size; from < end; from += step) {
            block.add(sums[image], from, Math.min(end, from + step));
          }
        });
    double[] total = new double[count];
    for (float[] ofImage : sums) {
      for (int i = 0; i < count; i++) {
        total[i] += ofImage[i];
      }
    }
    return total;
  }

  @Override
  protected void batchStatistics(Batch batch, Statistics y, Tensor x) {
    float[] mean = mean(batch, (sums, from, to) -> batchNorm.addSums(sums, x.segment(), from, to));
    float[] variance =
        mean(batch, (sums, from, to) -> batchNorm.addSquares(sums, x.segment(), mean, from, to));
    write(y.mean(), mean);
    write(y.variance(), variance);
  }

  private float[] mean(Batch batch, BlockSums block) {
    double[] total = add(batch, batch.channels(), block);
    float[] mean = new float[total.length];
    for (int c = 0; c < mean.length; c++) {
      mean[c] = (float) (total[c] / batch.pixels());
    }
    return mean;
  }

  @Override
  protected void updateStatistics(
      int channels, Statistics running, Statistics batch, double unbiased, double momentum) {
    average(running.mean(), batch.mean(), 1, momentum);
    average(running.variance(), batch.variance(), unbiased, momentum);
  }

  private static void average(Tensor running, Tensor batch, double factor, double momentum) {
    float[] average = read(running);
    float[] added = read(batch);
    for (int c = 0; c < average.length; c++) {
      average[c] = (float) ((1 - momentum) * average[c] + momentum * (factor * added[c]));
    }
    write(running, average);
  }

  private static float[] read(Tensor tensor) {
    return tensor.segment().toArray(JAVA_FLOAT);
  }

  private static void write(Tensor tensor, float[] values) {
    tensor.segment().copyFrom(MemorySegment.ofArray(values));
  }

  private static double[] reciprocalDeviations(BatchNormLayer layer) {
    float[] variance = read(layer.statistics().variance());
    double[] reciprocals = new double[variance.length];
    for (int c = 0; c < reciprocals.length; c++) {
      reciprocals[c] = 1 / Math.sqrt(variance[c] + layer.epsilon());
    }
    return reciprocals;
  }

  private static Layer layer(BatchNormLayer layer) {
    double[] reciprocals = reciprocalDeviations(layer);
    float[] scale = read(layer.w());
    for (int c = 0; c < scale.length; c++) {
      scale[c] = (float) (scale[c] * reciprocals[c]);
    }
    return new Layer(read(layer.statistics().mean()), scale, read(layer.b()), layer.relu());
  }

  @Override
  protected void batchNorm(
      Batch batch, Tensor y, Tensor x, Tensor residual, BatchNormLayer operands) {
    MemorySegment other = residual == null ? null : residual.segment();
    Layer layer = layer(operands);
    cpu.elements(
        x.elements(),
        (from, to) -> batchNorm.forward(y.segment(), x.segment(), other, layer, from, to));
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
    Layer whole = layer(operands);
    // A residual's gradient has been through the ReLU.
    Tensor g = residual == null ? dy : into.dResidual();
    Layer layer = residual == null ? whole : whole.linear();
    double[] sums =
        add(
            batch,
            2 * channels,
            (ofImage, from, to) -> {
              if (residual != null) {
                batchNorm.residualGradient(
                    g.segment(), dy.segment(), x.segment(), residual.segment(), whole, from, to);
              }
              batchNorm.addGradients(ofImage, g.segment(), x.segment(), layer, from, to);
            });
    float[] slope = new float[channels];
    float[] offset = new float[channels];
    float[] weight = read(operands.w());
    double[] reciprocals = reciprocalDeviations(operands);
    for (int c = 0; c < channels; c++) {
      double r = reciprocals[c];
      double scale = weight[c] * r;
      slope[c] = (float) (-scale * r * r * sums[channels + c] / batch.pixels());
      offset[c] = (float) (-scale * sums[c] / batch.pixels());
      addTo(into.dw(), c, r * sums[channels + c]);
      addTo(into.db(), c, sums[c]);
    }
    Gradient of = new Gradient(layer, slope, offset);
    cpu.elements(
        x.elements(),
        (from, to) ->
            batchNorm.backward(into.dx().segment(), g.segment(), x.segment(), of, from, to));
  }

  private static void addTo(Tensor sum, int c, double value) {
    MemorySegment memory = sum.segment();
    memory.setAtIndex(JAVA_FLOAT, c, (float) (memory.getAtIndex(JAVA_FLOAT, c) + value));
  }
}
