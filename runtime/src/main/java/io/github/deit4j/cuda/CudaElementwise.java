package io.github.deit4j.cuda;

import io.github.deit4j.cuda.Launcher.RowParts;
import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.op.ElementwiseOps;
import io.github.deit4j.op.Residual;
import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.Tensor;

/** Sums, activations and dropout: a thread for each element. */
final class CudaElementwise extends ElementwiseOps {
  /** Random numbers that one thread of dropout draws together. */
  private static final int DRAWN_TOGETHER = 4;

  private final Launcher cuda;

  CudaElementwise(Launcher cuda) {
    super(cuda);
    this.cuda = cuda;
  }

  @Override
  protected void add(long count, Tensor y, Tensor a, Tensor b) {
    cuda.elementwise.of(y).elements("add", count, y, a, b);
  }

  @Override
  protected void addBranch(BranchSizes sizes, Tensor y, Residual residual, Tensor branch) {
    cuda.addBranch(sizes, y, residual, branch);
  }

  @Override
  protected void addBranchBackward(BranchSizes sizes, Tensor dBranch, Tensor dy, Residual to) {
    cuda.elementwise
        .of(dy)
        .elements("addBranchBackward", sizes.count(), dBranch, dy, to.factors(), to.scale(), sizes);
  }

  @Override
  protected void layerScaleGradient(
      BranchSizes sizes, Tensor dScale, Tensor dy, Tensor branch, float[] factors) {
    RowParts parts = RowParts.of(sizes.rows());
    Tensor sums = cuda.floats(parts.count(), sizes.width());
    Grid grid = parts.grid(sizes.width());
    cuda.elementwise
        .of(dy)
        .launch("layerScaleGradient", grid, sums, dy, branch, factors, sizes, parts);
    cuda.addRows(dScale, sums, parts.count());
  }

  @Override
  protected void gelu(long count, Tensor y, Tensor x) {
    cuda.gelu.of(y).elements("gelu", count, y, x);
  }

  @Override
  protected void geluBackward(long count, Tensor dx, Tensor dy, Tensor x) {
    cuda.gelu.of(dx).elements("geluBackward", count, dx, dy, x);
  }

  @Override
  protected void relu(long count, Tensor y, Tensor x) {
    cuda.channels.elements("relu", count, y, x);
  }

  @Override
  protected void reluBackward(long count, Tensor dx, Tensor dy, Tensor y) {
    cuda.channels.elements("reluBackward", count, dx, dy, y);
  }

  @Override
  protected void sigmoid(long count, Tensor y, Tensor x) {
    cuda.channels.elements("sigmoid", count, y, x);
  }

  @Override
  protected void sigmoidBackward(long count, Tensor dx, Tensor dy, Tensor y) {
    cuda.channels.elements("sigmoidBackward", count, dx, dy, y);
  }

  @Override
  protected void dropout(
      int images, long image, Tensor y, Tensor x, float rate, float factor, StreamKey first) {
    long threads = images * Math.ceilDiv(image, DRAWN_TOGETHER);
    cuda.augmentation.of(y).elements("dropout", threads, y, x, rate, factor, first, image);
  }
}
