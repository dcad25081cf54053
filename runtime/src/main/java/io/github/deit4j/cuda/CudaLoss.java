package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.op.LossOps;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Losses and scores: a block for each image. */
final class CudaLoss extends LossOps {
  private final Launcher launcher;

  CudaLoss(Launcher launcher) {
    super(launcher);
    this.launcher = launcher;
  }

  private void launch(String file, String kernel, Sizes sizes, Object... arguments) {
    launcher.launch(file, kernel, Grid.of(sizes.images(), Launcher.THREADS), arguments);
  }

  @Override
  protected void crossEntropy(
      Sizes sizes, Tensor losses, Tensor dx, Tensor x, Tensor targets, float factor) {
    launch("losses", "crossEntropy", sizes, losses, dx, x, targets, sizes.classes(), factor);
  }

  @Override
  protected void binaryCrossEntropy(
      Sizes sizes, Tensor losses, Tensor dx, Tensor x, Tensor targets, float factor) {
    launch("losses", "binaryCrossEntropy", sizes, losses, dx, x, targets, sizes.classes(), factor);
  }

  @Override
  protected void divergence(
      Sizes sizes,
      Tensor losses,
      Tensor dx,
      Tensor student,
      Tensor teacher,
      float inverse,
      float factor) {
    launch(
        "losses",
        "divergence",
        sizes,
        losses,
        dx,
        student,
        teacher,
        sizes.classes(),
        inverse,
        factor);
  }

  @Override
  protected void hardLabels(Sizes sizes, Tensor y, Tensor x) {
    launch("metrics", "hardLabels", sizes, y, x, sizes.classes());
  }

  @Override
  protected void score(
      Sizes sizes, Tensor ranks, Tensor losses, Tensor x, Tensor other, int[] labels) {
    Tensor classes = launcher.onDevice(DType.I32, MemorySegment.ofArray(labels));
    launch("metrics", "score", sizes, ranks, losses, x, other, classes, sizes.classes());
  }
}
