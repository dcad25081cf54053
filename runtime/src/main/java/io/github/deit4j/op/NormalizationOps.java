package io.github.deit4j.op;

import io.github.deit4j.tensor.Tensor;

/**
 * Layer normalisation of rows and batch normalisation of feature maps. Activation gradients are
 * overwritten, parameter gradients are added to. A device's method has the op's name and takes the
 * resolved sizes first.
 */
public abstract class NormalizationOps {
  private final OpRunner runner;

  /** Creates the family on the runner that does its ops. */
  protected NormalizationOps(OpRunner runner) {
    this.runner = runner;
  }

  /** The sizes of rows, [R, D]. */
  public record Rows(int count, int width) {}

  /**
   * Layer normalisation over the last dimension (Ba, Kiros and Hinton 2016), with biased variance.
   *
   * @param y [R, D], of {@link OpRunner#factorType} too
   * @param mean [R], kept for the backward pass
   * @param rstd [R], kept for the backward pass
   * @param x [R, D]
   * @param w [D]
   * @param b [D]
   */
  public final void layerNorm(
      Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor w, Tensor b, float epsilon) {
    String op = "layerNorm";
    int width = Math.toIntExact(w.elements());
    Checks.elements(op, "w", w, width);
    Checks.elements(op, "b", b, width);
    Rows rows = rows(op, x, runner, width, mean, rstd);
    Checks.factor(op, "y", y, runner, rows.count, width);
    Object[] operands = {y, mean, rstd, x, w, b, epsilon};
    runner.run(op, () -> layerNorm(rows, y, mean, rstd, x, w, b, epsilon), operands);
  }

  private static Rows rows(
      String op, Tensor x, OpRunner runner, int width, Tensor mean, Tensor rstd) {
    int rows = Checks.rows(op, "x", x, runner, width);
    Checks.elements(op, "mean", mean, rows);
    Checks.elements(op, "rstd", rstd, rows);
    return new Rows(rows, width);
  }

  private Rows rows(String op, Tensor x, Tensor dy, int width, Tensor mean, Tensor rstd) {
    Rows rows = rows(op, x, runner, width, mean, rstd);
    Checks.like(op, "dy", dy, x);
    return rows;
  }

  /** {@code dx = base +} the gradient through the layer normalisation; base may be dx. */
  public final void layerNormBackward(
      Tensor dx, Tensor base, Tensor dy, Tensor x, Tensor w, Tensor mean, Tensor rstd) {
    String op = "layerNormBackward";
    int width = Math.toIntExact(w.elements());
    Checks.elements(op, "w", w, width);
    Rows rows = rows(op, x, dy, width, mean, rstd);
    Checks.like(op, "base", base, x);
    Checks.like(op, "dx", dx, x);
    Object[] operands = {dx, base, dy, x, w, mean, rstd};
    runner.run(op, () -> layerNormBackward(rows, dx, base, dy, x, w, mean, rstd), operands);
  }

  /** Adds the gradients of the layer normalisation's weight and bias, rows in order. */
  public final void layerNormParameterGradients(
      Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor mean, Tensor rstd) {
    String op = "layerNormParameterGradients";
    int width = Math.toIntExact(dw.elements());
    Checks.elements(op, "dw", dw, width);
    Checks.elements(op, "db", db, width);
    Rows rows = rows(op, x, dy, width, mean, rstd);
    Object[] operands = {dw, db, dy, x, mean, rstd};
    runner.run(op, () -> layerNormParameterGradients(rows, dw, db, dy, x, mean, rstd), operands);
  }

  /**
   * {@link #layerNormParameterGradients} and {@link #layerNormBackward}, in one pass over memory
   * where the device can.
   *
   * @param base [R, D]; may be dx
   */
  public final void layerNormGradients(
      Tensor dx,
      Tensor dw,
      Tensor db,
      Tensor base,
      Tensor dy,
      Tensor x,
      Tensor w,
      Tensor mean,
      Tensor rstd) {
    String op = "layerNormGradients";
    int width = Math.toIntExact(w.elements());
    Checks.elements(op, "w", w, width);
    Checks.elements(op, "dw", dw, width);
    Checks.elements(op, "db", db, width);
    Rows rows = rows(op, x, dy, width, mean, rstd);
    Checks.like(op, "base", base, x);
    Checks.like(op, "dx", dx, x);
    Object[] operands = {dw, db, dx, base, dy, x, w, mean, rstd};
    runner.run(
        op, () -> layerNormGradients(rows, dx, dw, db, base, dy, x, w, mean, rstd), operands);
  }

  /** The sizes of a feature map: first dimension, all dimensions between, last dimension. */
  public record Batch(int images, int pixelsPerImage, int channels) {
    /** Returns the pixels of all images. */
    public long pixels() {
      return (long) images * pixelsPerImage;
    }

    static Batch of(String op, Tensor x, Tensor... perChannel) {
      Checks.elements(op, "x", x, x.elements());
      Checks.that(
          x.shape().rank() >= 2 && x.elements() > 0, op, "images with pixels of channels", x);
      int images = x.shape().size(0);
      int channels = x.shape().size(-1);
      for (Tensor each : perChannel) {
        Checks.elements(op, "numbers per channel", each, channels);
      }
      return new Batch(images, Math.toIntExact(x.elements() / images / channels), channels);
    }
  }

  /**
   * Mean and variance of each channel.
   *
   * @param mean [C]
   * @param variance [C], biased: Σ(x − mean)²/pixels
   */
  public record Statistics(Tensor mean, Tensor variance) {}

  /**
   * Mean and variance of each channel over all pixels of all images. Per image a float32 chain over
   * its pixels: Σx, and with the mean Σ(x − mean)². The images' sums are added in double, in order,
   * divided by the number of pixels, and rounded.
   *
   * @param x [.., C]; the first dimension counts the images
   */
  public final void batchStatistics(Statistics y, Tensor x) {
    String op = "batchStatistics";
    Batch batch = Batch.of(op, x, y.mean, y.variance);
    runner.run(op, () -> batchStatistics(batch, y, x), y, x);
  }

  /**
   * Takes a batch's statistics into the running ones, as PyTorch does: {@code running = (1 −
   * momentum)·running + momentum·batch}, the batch's variance multiplied by {@code pixels/(pixels −
   * 1)} first; in double, rounded once.
   *
   * @param pixels the numbers of which each statistic was taken; 2 or more
   */
  public final void updateStatistics(
      Statistics running, Statistics batch, long pixels, double momentum) {
    String op = "updateStatistics";
    int channels = Math.toIntExact(batch.mean.elements());
    Checks.elements(op, "variance", batch.variance, channels);
    Checks.elements(op, "running mean", running.mean, channels);
    Checks.elements(op, "running variance", running.variance, channels);
    Checks.that(pixels > 1, op, "statistics of 2 pixels or more, not " + pixels, batch.mean);
    double unbiased = (double) pixels / (pixels - 1);
    Object[] operands = {running, batch, pixels, momentum};
    runner.run(op, () -> updateStatistics(channels, running, batch, unbiased, momentum), operands);
  }

  /**
   * What a batch normalisation does to each channel: {@code fma(x − mean, scale, b)} with {@code
   * scale = w/√(variance + epsilon)}, computed in double and rounded.
   *
   * @param w [C]
   * @param b [C]
   * @param relu whether negative results become 0
   */
  public record BatchNormLayer(
      Statistics statistics, Tensor w, Tensor b, double epsilon, boolean relu) {
    private Batch check(String op, Tensor x) {
      return Batch.of(op, x, w, statistics.mean, statistics.variance, b);
    }
  }

  /**
   * Normalises with given statistics, a batch's in training, running ones in evaluation: {@code t =
   * fma(x − mean, scale, b) + residual}; {@code y = t}, or with relu 0 where t is negative (Ioffe
   * and Szegedy 2015).
   *
   * @param y of x's shape
   * @param x [.., C]
   * @param residual of x's shape; null for none
   */
  public final void batchNorm(Tensor y, Tensor x, Tensor residual, BatchNormLayer layer) {
    String op = "batchNorm";
    Batch batch = layer.check(op, x);
    Checks.elements(op, "y", y, x.elements());
    if (residual != null) {
      Checks.elements(op, "residual", residual, x.elements());
    }
    runner.run(op, () -> batchNorm(batch, y, x, residual, layer), y, x, residual, layer);
  }

  /**
   * Where the gradients of {@link #batchNorm} go.
   *
   * @param dResidual takes g; null where residual is null
   */
  public record BatchNormGradients(Tensor dx, Tensor dResidual, Tensor dw, Tensor db) {}

  /**
   * The gradient of {@link #batchNorm} where mean and variance are those of x. With {@code g = dy},
   * or with relu 0 where t is not positive, {@code r = 1/√(variance + epsilon)}, and sums over all
   * n pixels as in {@link #batchStatistics}: {@code db += Σg}, {@code dw += r·Σg·(x − mean)},
   * {@code dx = w·r·(g − Σg/n − (x − mean)·r²·Σg·(x − mean)/n)}.
   */
  public final void batchNormBackward(
      BatchNormGradients into, Tensor dy, Tensor x, Tensor residual, BatchNormLayer layer) {
    String op = "batchNormBackward";
    Batch batch = layer.check(op, x);
    Checks.elements(op, "dw", into.dw, batch.channels);
    Checks.elements(op, "db", into.db, batch.channels);
    Checks.elements(op, "dy", dy, x.elements());
    Checks.elements(op, "dx", into.dx, x.elements());
    Checks.that(
        (residual == null) == (into.dResidual == null),
        op,
        "residual and dResidual, or neither",
        x);
    if (residual != null) {
      Checks.elements(op, "residual", residual, x.elements());
      Checks.elements(op, "dResidual", into.dResidual, x.elements());
    }
    Object[] operands = {into, dy, x, residual, layer};
    runner.run(op, () -> batchNormBackward(batch, into, dy, x, residual, layer), operands);
  }

  protected abstract void layerNorm(
      Rows rows, Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor w, Tensor b, float epsilon);

  protected abstract void layerNormBackward(
      Rows rows, Tensor dx, Tensor base, Tensor dy, Tensor x, Tensor w, Tensor mean, Tensor rstd);

  protected abstract void layerNormParameterGradients(
      Rows rows, Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor mean, Tensor rstd);

  /** One after the other, unless a device has something better. */
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
    layerNormParameterGradients(rows, dw, db, dy, x, mean, rstd);
    layerNormBackward(rows, dx, base, dy, x, w, mean, rstd);
  }

  protected abstract void batchStatistics(Batch batch, Statistics y, Tensor x);

  /** The batch's variance is multiplied by {@code unbiased} first. */
  protected abstract void updateStatistics(
      int channels, Statistics running, Statistics batch, double unbiased, double momentum);

  protected abstract void batchNorm(
      Batch batch, Tensor y, Tensor x, Tensor residual, BatchNormLayer layer);

  protected abstract void batchNormBackward(
      Batch batch,
      BatchNormGradients into,
      Tensor dy,
      Tensor x,
      Tensor residual,
      BatchNormLayer layer);
}
