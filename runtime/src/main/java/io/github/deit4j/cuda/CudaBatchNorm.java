package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.op.Checks;
import io.github.deit4j.op.MapChecks;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;

/** Batch normalisation. */
final class CudaBatchNorm {
  private final Launcher launcher;

  CudaBatchNorm(Launcher launcher) {
    this.launcher = launcher;
  }

  void statistics(Tensor mean, Tensor variance, Tensor x) {
    int channels = MapChecks.channels("batchStatistics", x, mean, variance);
    long pixels = x.elements() / channels;
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

  void update(
      Tensor runningMean,
      Tensor runningVariance,
      Tensor mean,
      Tensor variance,
      long pixels,
      double momentum) {
    MapChecks.statistics("updateStatistics", pixels, mean, variance, runningMean, runningVariance);
    launcher.elements(
        "batch_norm",
        "updateStatistics",
        mean.elements(),
        runningMean,
        runningVariance,
        mean,
        variance,
        (double) pixels / (pixels - 1),
        momentum);
  }

  /** The factors by which {@code x − mean} is multiplied, one per channel. */
  private Tensor scale(Tensor variance, Tensor w, double epsilon) {
    Tensor scale = launcher.scratch(DType.F32, w.shape());
    launcher.elements("batch_norm", "batchNormScale", w.elements(), scale, w, variance, epsilon);
    return scale;
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
    int channels = MapChecks.channels(op, x, w, mean, variance, b);
    Checks.elements(op, "y", y, x.elements());
    MapChecks.residual(op, x, residual, residual);
    launcher.elements(
        "batch_norm",
        op,
        x.elements(),
        y,
        x,
        residual,
        mean,
        scale(variance, w, epsilon),
        b,
        channels,
        flag(relu));
  }

  private static int flag(boolean relu) {
    return relu ? 1 : 0;
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
    int channels = MapChecks.channels(op, x, w, mean, variance, b, dw, db);
    Checks.elements(op, "dy", dy, x.elements());
    Checks.elements(op, "dx", dx, x.elements());
    MapChecks.residual(op, x, residual, dResidual);
    long pixels = x.elements() / channels;
    RowParts parts = RowParts.of(pixels);
    Tensor sums = launcher.scratch(DType.F32, Shape.of(parts.count(), channels));
    Tensor products = launcher.scratch(DType.F32, Shape.of(parts.count(), channels));
    Tensor scale = scale(variance, w, epsilon);
    launcher.launch(
        "batch_norm",
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
        flag(relu),
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
        w,
        variance,
        epsilon,
        channels,
        parts.count(),
        pixels);
    launcher.elements(
        "batch_norm",
        op,
        x.elements(),
        dx,
        dResidual,
        dy,
        x,
        residual,
        mean,
        scale,
        b,
        slope,
        offset,
        channels,
        flag(relu));
  }
}
