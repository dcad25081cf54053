package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.op.NormalizationOps;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;

/** Layer normalisation, a warp for each row; batch normalisation, sums by parts of the pixels. */
final class CudaNormalization extends NormalizationOps {
  /** Threads of a block that has one warp for each of some rows. */
  private static final int ROW_THREADS = 128;

  private static final int ROWS_PER_BLOCK = ROW_THREADS / Launcher.WARP;

  private final Launcher launcher;

  CudaNormalization(Launcher launcher) {
    super(launcher);
    this.launcher = launcher;
  }

  private static Grid rowGrid(int rows) {
    return Grid.of(Math.ceilDiv(rows, ROWS_PER_BLOCK), ROW_THREADS);
  }

  @Override
  protected void layerNorm(
      int rows,
      int width,
      Tensor y,
      Tensor mean,
      Tensor rstd,
      Tensor x,
      Tensor w,
      Tensor b,
      float epsilon) {
    launcher.launch(
        "layer_norm",
        "layerNorm",
        rowGrid(rows),
        y,
        mean,
        rstd,
        x,
        w,
        b,
        epsilon,
        width,
        (long) rows);
  }

  @Override
  protected void layerNormBackward(
      int rows,
      int width,
      Tensor dx,
      Tensor base,
      Tensor dy,
      Tensor x,
      Tensor w,
      Tensor mean,
      Tensor rstd) {
    launcher.launch(
        "layer_norm",
        "layerNormBackward",
        rowGrid(rows),
        dx,
        base,
        dy,
        x,
        w,
        mean,
        rstd,
        width,
        (long) rows);
  }

  @Override
  protected void layerNormParameterGradients(
      int rows, int width, Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor mean, Tensor rstd) {
    RowParts parts = RowParts.of(rows);
    Tensor weightSums = launcher.scratch(DType.F32, Shape.of(parts.count(), width));
    Tensor biasSums = launcher.scratch(DType.F32, Shape.of(parts.count(), width));
    launcher.launch(
        "layer_norm",
        "layerNormParameterGradients",
        parts.grid(width),
        weightSums,
        biasSums,
        dy,
        x,
        mean,
        rstd,
        width,
        (long) rows,
        parts.rows());
    launcher.addRows(dw, weightSums, parts.count());
    launcher.addRows(db, biasSums, parts.count());
  }

  @Override
  protected void batchStatistics(Batch batch, Tensor mean, Tensor variance, Tensor x) {
    int channels = batch.channels();
    long pixels = batch.pixels();
    RowParts parts = RowParts.of(pixels);
    Tensor sums = launcher.scratch(DType.F32, Shape.of(parts.count(), channels));
    launcher.launch(
        "reductions", "sumRows", parts.grid(channels), sums, x, channels, pixels, parts.rows());
    mean(mean, sums, parts, pixels);
    launcher.launch(
        "batch_norm",
        "batchNormSquares",
        parts.grid(channels),
        sums,
        x,
        mean,
        channels,
        pixels,
        parts.rows());
    mean(variance, sums, parts, pixels);
  }

  private void mean(Tensor mean, Tensor sums, RowParts parts, long pixels) {
    int channels = sums.shape().size(1);
    launcher.launch(
        "batch_norm",
        "meanOfParts",
        Grid.of(channels, Launcher.THREADS),
        mean,
        sums,
        channels,
        parts.count(),
        pixels);
  }

  @Override
  protected void updateStatistics(
      int channels,
      Tensor runningMean,
      Tensor runningVariance,
      Tensor mean,
      Tensor variance,
      double unbiased,
      double momentum) {
    launcher.elements(
        "batch_norm",
        "updateStatistics",
        channels,
        runningMean,
        runningVariance,
        mean,
        variance,
        unbiased,
        momentum);
  }

  /** The factors by which {@code x − mean} is multiplied, one per channel. */
  private Tensor scale(BatchNormLayer layer) {
    Tensor w = layer.w();
    Tensor scale = launcher.scratch(DType.F32, w.shape());
    launcher.elements(
        "batch_norm", "batchNormScale", w.elements(), scale, w, layer.variance(), layer.epsilon());
    return scale;
  }

  @Override
  protected void batchNorm(Batch batch, Tensor y, Tensor x, Tensor residual, BatchNormLayer layer) {
    launcher.elements(
        "batch_norm",
        "batchNorm",
        x.elements(),
        y,
        x,
        residual,
        layer.mean(),
        scale(layer),
        layer.b(),
        batch.channels(),
        flag(layer));
  }

  private static int flag(BatchNormLayer layer) {
    return layer.relu() ? 1 : 0;
  }

  @Override
  protected void batchNormBackward(
      Batch batch,
      Tensor dx,
      Tensor dResidual,
      Tensor dw,
      Tensor db,
      Tensor dy,
      Tensor x,
      Tensor residual,
      BatchNormLayer layer) {
    int channels = batch.channels();
    long pixels = batch.pixels();
    RowParts parts = RowParts.of(pixels);
    Tensor sums = launcher.scratch(DType.F32, Shape.of(parts.count(), channels));
    Tensor products = launcher.scratch(DType.F32, Shape.of(parts.count(), channels));
    Tensor scale = scale(layer);
    launcher.launch(
        "batch_norm",
        "batchNormGradientSums",
        parts.grid(channels),
        sums,
        products,
        dy,
        x,
        residual,
        layer.mean(),
        scale,
        layer.b(),
        channels,
        flag(layer),
        pixels,
        parts.rows());
    Tensor slope = launcher.scratch(DType.F32, Shape.of(channels));
    Tensor offset = launcher.scratch(DType.F32, Shape.of(channels));
    launcher.launch(
        "batch_norm",
        "batchNormParameterGradients",
        Grid.of(channels, Launcher.THREADS),
        dw,
        db,
        slope,
        offset,
        sums,
        products,
        layer.w(),
        layer.variance(),
        layer.epsilon(),
        channels,
        parts.count(),
        pixels);
    launcher.elements(
        "batch_norm",
        "batchNormBackward",
        x.elements(),
        dx,
        dResidual,
        dy,
        x,
        residual,
        layer.mean(),
        scale,
        layer.b(),
        slope,
        offset,
        channels,
        flag(layer));
  }
}
