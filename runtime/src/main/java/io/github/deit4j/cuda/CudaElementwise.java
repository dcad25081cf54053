package io.github.deit4j.cuda;

import io.github.deit4j.cuda.Launcher.KernelFile;
import io.github.deit4j.cuda.Launcher.RowParts;
import io.github.deit4j.op.ElementwiseOps;
import io.github.deit4j.op.Residual;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.Tensor;

/** Sums, activations and dropout: a thread for each element. */
final class CudaElementwise extends ElementwiseOps {
  /** Random numbers that one thread of dropout draws together. */
  private static final int DRAWN_TOGETHER = 4;

  private final Launcher launcher;
  private final KernelFile activations;
  private final KernelFile augmentation;

  CudaElementwise(Launcher launcher) {
    super(launcher);
    this.launcher = launcher;
    this.activations = launcher.file("channels");
    this.augmentation = launcher.file("augmentation");
  }

  @Override
  protected void add(long count, Tensor y, Tensor a, Tensor b) {
    launcher.elementwise.elements("add", count, y, a, b);
  }

  @Override
  protected void addBranch(BranchSizes sizes, Tensor y, Residual residual, Tensor branch) {
    launcher.addBranch(y, residual, branch, sizes.width());
  }

  @Override
  protected void addBranchBackward(
      BranchSizes sizes, Tensor dBranch, Tensor dy, Residual residual) {
    Tensor factors = launcher.factors(residual.factors());
    Tensor scale = residual.scale();
    long image = sizes.image();
    launcher.elementwise.elements(
        "addBranchBackward", sizes.count(), dBranch, dy, factors, scale, image, sizes.width());
  }

  @Override
  protected void layerScaleGradient(
      BranchSizes sizes, Tensor dScale, Tensor dy, Tensor branch, float[] factors) {
    RowParts parts = RowParts.of(sizes.rows());
    Tensor sums = launcher.floats(parts.count(), sizes.width());
    launcher.elementwise.launch(
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
    launcher.gelu.elements("geluBackward", count, dx, dy, x);
  }

  @Override
  protected void relu(long count, Tensor y, Tensor x) {
    activations.elements("relu", count, y, x);
  }

  @Override
  protected void reluBackward(long count, Tensor dx, Tensor dy, Tensor y) {
    activations.elements("reluBackward", count, dx, dy, y);
  }

  @Override
  protected void sigmoid(long count, Tensor y, Tensor x) {
    activations.elements("sigmoid", count, y, x);
  }

  @Override
  protected void sigmoidBackward(long count, Tensor dx, Tensor dy, Tensor y) {
    activations.elements("sigmoidBackward", count, dx, dy, y);
  }

  @Override
  protected void dropout(
      int images, long image, Tensor y, Tensor x, float rate, float factor, StreamKey first) {
    augmentation.elements(
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
