package io.github.deit4j.cuda;

import io.github.deit4j.cuda.Launcher.RowParts;
import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.op.NormalizationOps;
import io.github.deit4j.tensor.Tensor;

/**
 * Layer normalisation, a warp for each row; batch normalisation, a block for 32 channels of a part
 * of the pixels, two passes over a map each way: one for sums, one for results.
 */
final class CudaNormalization extends NormalizationOps {
  /** Threads of a block that has one warp for each of some rows. */
  private static final int ROW_THREADS = 128;

  private static final int ROWS_PER_BLOCK = ROW_THREADS / Launcher.WARP;

  /** Blocks of 32 channels that occupy a device; more make only more parts to add. */
  private static final int ENOUGH_BLOCKS = 4096;

  /** Pixels that a part should have: those that a block has at once. */
  private static final int LEAST_PIXELS = 64;

  private final Launcher cuda;

  CudaNormalization(Launcher cuda) {
    super(cuda);
    this.cuda = cuda;
  }

  private void launchRows(String kernel, Tensor x, Rows rows, Object... arguments) {
    Grid grid = Grid.of(Math.ceilDiv(rows.count(), ROWS_PER_BLOCK), ROW_THREADS);
    cuda.layerNorm.of(x).launch(kernel, grid, arguments, rows.width(), (long) rows.count());
  }

  @Override
  protected void layerNorm(
      Rows rows, Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor w, Tensor b, float epsilon) {
    launchRows("layerNorm", x, rows, y, mean, rstd, x, w, b, epsilon);
  }

  @Override
  protected void layerNormBackward(
      Rows rows, Tensor dx, Tensor base, Tensor dy, Tensor x, Tensor w, Tensor mean, Tensor rstd) {
    launchRows("layerNormBackward", x, rows, dx, base, dy, x, w, mean, rstd);
  }

  @Override
  protected void layerNormParameterGradients(
      Rows rows, Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor mean, Tensor rstd) {
    int width = rows.width();
    RowParts parts = RowParts.of(rows.count());
    Tensor[] sums = {cuda.floats(parts.count(), width), cuda.floats(parts.count(), width)};
    Grid grid = parts.grid(width);
    cuda.layerNorm
        .of(x)
        .launch("layerNormParameterGradients", grid, sums, dy, x, mean, rstd, width, parts);
    cuda.addRows(dw, sums[0], parts.count());
    cuda.addRows(db, sums[1], parts.count());
  }

  /** In one pass, a part of the rows for each block, where shared memory has room for its sums. */
  @Override
  protected void layerNormGradients(
      Rows rows,
      Tensor dx,
      Tensor dw,
      Tensor db,
      Tensor base,
      Tensor dy,
      Tensor x,
      Tensor w,
      Tensor mean,
      Tensor rstd) {
    int width = rows.width();
    // Of the weight's and the bias' gradient, for each warp.
    int bytesOfSums = Launcher.THREADS / Launcher.WARP * 2 * width * Float.BYTES;
    if (bytesOfSums > cuda.context().info().sharedMemory()) {
      super.layerNormGradients(rows, dx, dw, db, base, dy, x, w, mean, rstd);
      return;
    }
    RowParts parts = RowParts.of(rows.count());
    Tensor sums = cuda.floats(parts.count(), 2, width);
    Grid grid = Grid.of(parts.count(), Launcher.THREADS).shared(bytesOfSums);
    cuda.layerNorm
        .of(x)
        .launch("layerNormGradients", grid, dx, sums, base, dy, x, w, mean, rstd, width, parts);
    cuda.addParts(dw, db, sums, parts.count());
  }

  /**
   * Returns the parts of a map's pixels that blocks have, each 32 channels. How they are cut
   * depends on nothing but the map's sizes.
   */
  private static RowParts parts(Batch batch) {
    int most = Math.max(1, ENOUGH_BLOCKS / columns(batch));
    long perPart = Math.max(LEAST_PIXELS, Math.ceilDiv(batch.pixels(), most));
    int count = Math.toIntExact(Math.ceilDiv(batch.pixels(), perPart));
    return new RowParts(batch.pixels(), count, Math.toIntExact(perPart));
  }

  private static int columns(Batch batch) {
    return Math.ceilDiv(batch.channels(), Launcher.WARP);
  }

  private void launchParts(String kernel, Batch batch, Object... arguments) {
    RowParts parts = parts(batch);
    Grid grid = Grid.of(columns(batch), parts.count(), Launcher.THREADS);
    cuda.batchNorm.launch(kernel, grid, arguments, parts);
  }

  @Override
  protected void batchStatistics(Batch batch, Statistics y, Tensor x) {
    int channels = batch.channels();
    RowParts parts = parts(batch);
    Tensor means = cuda.floats(parts.count(), channels);
    Tensor squares = cuda.floats(parts.count(), channels);
    launchParts("batchNormMoments", batch, means, squares, x, channels);
    Grid perChannel = Grid.of(channels, Launcher.THREADS);
    Object[] sizes = {channels, parts.count(), parts};
    cuda.batchNorm.launch("batchStatistics", perChannel, y, means, squares, sizes);
  }

  @Override
  protected void updateStatistics(
      int channels, Statistics running, Statistics batch, double unbiased, double momentum) {
    cuda.batchNorm.elements("updateStatistics", channels, running, batch, unbiased, momentum);
  }

  /** What the kernels take for a layer: the x that maps to its bias, its slope, its bias. */
  private Object[] arguments(Batch batch, BatchNormLayer layer) {
    Tensor scale = cuda.floats(batch.channels());
    Tensor variance = layer.statistics().variance();
    cuda.batchNorm.elements(
        "batchNormScale", batch.channels(), scale, layer.w(), variance, layer.epsilon());
    Tensor mean = layer.statistics().mean();
    return new Object[] {mean, scale, layer.b(), batch.channels(), layer.relu()};
  }

  @Override
  protected void batchNorm(Batch batch, Tensor y, Tensor x, Tensor residual, BatchNormLayer layer) {
    Object[] affine = arguments(batch, layer);
    launchParts("batchNorm", batch, y, x, residual, affine);
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
    RowParts parts = parts(batch);
    Tensor[] sums = {cuda.floats(parts.count(), channels), cuda.floats(parts.count(), channels)};
    Object[] affine = arguments(batch, layer);
    launchParts("batchNormGradientSums", batch, sums, dy, x, residual, affine);
    Tensor[] rest = {cuda.floats(channels), cuda.floats(channels)};
    Tensor[] gradients = {into.dw(), into.db()};
    Object[] scale = {layer.w(), layer.statistics().variance(), layer.epsilon()};
    Object[] sizes = {channels, parts.count(), parts.total()};
    Grid perChannel = Grid.of(channels, Launcher.THREADS);
    cuda.batchNorm.launch(
        "batchNormParameterGradients", perChannel, gradients, rest, sums, scale, sizes);
    Tensor[] outputs = {into.dx(), into.dResidual()};
    launchParts("batchNormBackward", batch, outputs, dy, x, residual, rest, affine);
  }
}
