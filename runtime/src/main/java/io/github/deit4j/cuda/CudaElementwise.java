package io.github.deit4j.cuda;

import io.github.deit4j.op.ElementwiseOps;
import io.github.deit4j.op.Residual;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;

/** Sums, activations and dropout: a thread for each element. */
final class CudaElementwise extends ElementwiseOps {
  private static final String ACTIVATIONS = "channels";

  /** Random numbers that one thread of dropout draws together. */
  private static final int DRAWN_TOGETHER = 4;

  private final Launcher launcher;

  CudaElementwise(Launcher launcher) {
    super(launcher);
    this.launcher = launcher;
  }

  @Override
  protected void add(long count, Tensor y, Tensor a, Tensor b) {
    launcher.elements("elementwise", "add", count, y, a, b);
  }

  @Override
  protected void addBranch(BranchSizes sizes, Tensor y, Residual residual, Tensor branch) {
    launcher.addBranch(y, residual, branch, sizes.width());
  }

  @Override
  protected void addBranchBackward(
      BranchSizes sizes, Tensor dBranch, Tensor dy, Residual residual) {
    launcher.elements(
        "elementwise",
        "addBranchBackward",
        sizes.count(),
        dBranch,
        dy,
        launcher.factors(residual.factors()),
        residual.scale(),
        sizes.image(),
        sizes.width());
  }

  @Override
  protected void layerScaleGradient(
      BranchSizes sizes, Tensor dScale, Tensor dy, Tensor branch, float[] factors) {
    RowParts parts = RowParts.of(sizes.rows());
    Tensor sums = launcher.scratch(DType.F32, Shape.of(parts.count(), sizes.width()));
    launcher.launch(
        "elementwise",
        "layerScaleGradient",
        parts.grid(sizes.width()),
        sums,
        dy,
        branch,
        launcher.factors(factors),
        sizes.image(),
        sizes.width(),
        (long) sizes.rows(),
        parts.rows());
    launcher.addRows(dScale, sums, parts.count());
  }

  @Override
  protected void gelu(long count, Tensor y, Tensor x) {
    launcher.gelu(y, x);
  }

  @Override
  protected void geluBackward(long count, Tensor dx, Tensor dy, Tensor x) {
    launcher.elements("gelu", "geluBackward", count, dx, dy, x);
  }

  @Override
  protected void relu(long count, Tensor y, Tensor x) {
    launcher.elements(ACTIVATIONS, "relu", count, y, x);
  }

  @Override
  protected void reluBackward(long count, Tensor dx, Tensor dy, Tensor y) {
    launcher.elements(ACTIVATIONS, "reluBackward", count, dx, dy, y);
  }

  @Override
  protected void sigmoid(long count, Tensor y, Tensor x) {
    launcher.elements(ACTIVATIONS, "sigmoid", count, y, x);
  }

  @Override
  protected void sigmoidBackward(long count, Tensor dx, Tensor dy, Tensor y) {
    launcher.elements(ACTIVATIONS, "sigmoidBackward", count, dx, dy, y);
  }

  @Override
  protected void dropout(
      int images, long image, Tensor y, Tensor x, float rate, float factor, StreamKey first) {
    launcher.elements(
        "augmentation",
        "dropout",
        images * Math.ceilDiv(image, DRAWN_TOGETHER),
        y,
        x,
        rate,
        factor,
        first.seed(),
        first.purpose(),
        first.epoch(),
        first.position(),
        image);
  }
}
