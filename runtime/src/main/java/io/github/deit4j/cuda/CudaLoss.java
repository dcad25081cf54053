package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.op.LossOps;
import io.github.deit4j.tensor.Tensor;

/** Losses and scores: a block for each image. */
final class CudaLoss extends LossOps {
  private final Launcher cuda;

  CudaLoss(Launcher cuda) {
    super(cuda);
    this.cuda = cuda;
  }

  private static Grid grid(Sizes sizes) {
    return Grid.of(sizes.images(), Launcher.THREADS);
  }

  @Override
  protected void crossEntropy(
      Sizes sizes, Tensor y, Tensor dx, Tensor x, Tensor targets, float factor) {
    cuda.losses.launch("crossEntropy", grid(sizes), y, dx, x, targets, sizes.classes(), factor);
  }

  @Override
  protected void binaryCrossEntropy(
      Sizes sizes, Tensor y, Tensor dx, Tensor x, Tensor targets, float factor) {
    Grid grid = grid(sizes);
    cuda.losses.launch("binaryCrossEntropy", grid, y, dx, x, targets, sizes.classes(), factor);
  }

  @Override
  protected void divergence(
      Sizes sizes, Tensor y, Tensor dx, Tensor x, Tensor teacher, float inverse, float factor) {
    int classes = sizes.classes();
    cuda.losses.launch("divergence", grid(sizes), y, dx, x, teacher, classes, inverse, factor);
  }

  @Override
  protected void hardLabels(Sizes sizes, Tensor y, Tensor x) {
    cuda.metrics.launch("hardLabels", grid(sizes), y, x, sizes.classes());
  }

  @Override
  protected void score(Sizes sizes, Tensor ranks, Tensor y, Tensor x, Tensor other, int[] labels) {
    cuda.metrics.launch("score", grid(sizes), ranks, y, x, other, labels, sizes.classes());
  }
}
