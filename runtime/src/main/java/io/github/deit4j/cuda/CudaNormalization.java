package io.github.deit4j.cuda;

import io.github.deit4j.cuda.Launcher.KernelFile;
import io.github.deit4j.cuda.Launcher.RowParts;
import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.op.NormalizationOps;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Tensor;

/** Layer normalisation, a warp for each row; batch normalisation, sums by parts of the pixels. */
final class CudaNormalization extends NormalizationOps {
  /** Threads of a block that has one warp for each of some rows. */
  private static final int ROW_THREADS = 128;

  private static final int ROWS_PER_BLOCK = ROW_THREADS / Launcher.WARP;

  private final Launcher launcher;
  private final KernelFile layerNorm;
  private final KernelFile batchNorm;

  CudaNormalization(Launcher launcher) {
    super(launcher);
    this.launcher = launcher;
    this.layerNorm = launcher.file("layer_norm");
    this.batchNorm = launcher.file("batch_norm");
  }

  private static Grid grid(Rows rows) {
    return Grid.of(Math.ceilDiv(rows.count(), ROWS_PER_BLOCK), ROW_THREADS);
  }

  @Override
  protected void layerNorm(
      Rows rows, Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor w, Tensor b, float epsilon) {
    Grid grid = grid(rows);
    long count = rows.count();
    layerNorm.launch("layerNorm", grid, y, mean, rstd, x, w, b, epsilon, rows.width(), count);
  }

  @Override
  protected void layerNormBackward(
      Rows rows, Tensor dx, Tensor base, Tensor dy, Tensor x, Tensor w, Tensor mean, Tensor rstd) {
    Grid grid = grid(rows);
    int width = rows.width();
    long count = rows.count();
    layerNorm.launch("layerNormBackward", grid, dx, base, dy, x, w, mean, rstd, width, count);
  }

  @Override
  protected void layerNormParameterGradients(
      Rows rows, Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor mean, Tensor rstd) {
    long count = rows.count();
    int width = rows.width();
    RowParts parts = RowParts.of(count);
    Tensor weightSums = launcher.floats(parts.count(), width);
    Tensor biasSums = launcher.floats(parts.count(), width);
    layerNorm.launch(
        "layerNormParameterGradients",
        parts.grid(width),
        weightSums,
        biasSums,
        dy,
        x,
        mean,
        rstd,
        width,
        count,
        parts.rows());
    launcher.addRows(dw, weightSums, parts.count());
    launcher.addRows(db, biasSums, parts.count());
  }

  @Override
  protected void batchStatistics(Batch batch, Statistics y, Tensor x) {
    int channels = batch.channels();
    long pixels = batch.pixels();
    RowParts parts = RowParts.of(pixels);
    Tensor sums = launcher.sumRows(parts, x, pixels, channels);
    Tensor mean = y.mean();
    mean(mean, sums, parts, pixels);
    Grid grid = parts.grid(channels);
    batchNorm.launch("batchNormSquares", grid, sums, x, mean, channels, pixels, parts.rows());
    mean(y.variance(), sums, parts, pixels);
  }

  private void mean(Tensor mean, Tensor sums, RowParts parts, long pixels) {
    int channels = sums.shape().size(1);
    Grid grid = Grid.of(channels, Launcher.THREADS);
    batchNorm.launch("meanOfParts", grid, mean, sums, channels, parts.count(), pixels);
  }

  @Override
  protected void updateStatistics(
      int channels, Statistics running, Statistics batch, double unbiased, double momentum) {
    batchNorm.elements(
        "updateStatistics",
        channels,
        running.mean(),
        running.variance(),
        batch.mean(),
        batch.variance(),
        unbiased,
        momentum);
  }

  /** The factors by which {@code x − mean} is multiplied, one per channel. */
  private Tensor scale(BatchNormLayer layer) {
    Tensor w = layer.w();
    Tensor scale = launcher.scratch(DType.F32, w.shape());
    batchNorm.elements("batchNormScale", w.elements(), scale, w, layer.variance(), layer.epsilon());
    return scale;
  }

  @Override
  protected void batchNorm(Batch batch, Tensor y, Tensor x, Tensor residual, BatchNormLayer layer) {
    Tensor mean = layer.mean();
    Tensor scale = scale(layer);
    Tensor b = layer.b();
    int channels = batch.channels();
    int relu = flag(layer);
    batchNorm.elements("batchNorm", x.elements(), y, x, residual, mean, scale, b, channels, relu);
  }

  private static int flag(BatchNormLayer layer) {
    return layer.relu() ? 1 : 0;
  }

  @Override
  protected void batchNormBackward(
      Batch batch,
      BatchNormGradients into,
      Tensor dy,
      Tensor x,
      Tensor residual,
      BatchNormLayer layer) {
    int channels = batch.channels();
    long pixels = batch.pixels();
    int relu = flag(layer);
    Tensor mean = layer.mean();
    Tensor b = layer.b();
    RowParts parts = RowParts.of(pixels);
    Tensor sums = launcher.floats(parts.count(), channels);
    Tensor products = launcher.floats(parts.count(), channels);
    Tensor scale = scale(layer);
    batchNorm.launch(
        "batchNormGradientSums",
        parts.grid(channels),
        sums,
        products,
        dy,
        x,
        residual,
        mean,
        scale,
        b,
        channels,
        relu,
        pixels,
        parts.rows());
    Tensor slope = launcher.floats(channels);
    Tensor offset = launcher.floats(channels);
    batchNorm.launch(
        "batchNormParameterGradients",
        Grid.of(channels, Launcher.THREADS),
        into.dw(),
        into.db(),
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
    batchNorm.elements(
        "batchNormBackward",
        x.elements(),
        into.dx(),
        into.dResidual(),
        dy,
        x,
        residual,
        mean,
        scale,
        b,
        slope,
        offset,
        channels,
        relu);
  }
}
