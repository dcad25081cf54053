package io.github.deit4j.cuda;

import io.github.deit4j.cuda.Launcher.KernelFile;
import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.op.LossOps;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Losses and scores: a block for each image. */
final class CudaLoss extends LossOps {
  private final Launcher launcher;
  private final KernelFile losses;
  private final KernelFile metrics;

  CudaLoss(Launcher launcher) {
    super(launcher);
    this.launcher = launcher;
    this.losses = launcher.file("losses");
    this.metrics = launcher.file("metrics");
  }

  private static Grid grid(Sizes sizes) {
    return Grid.of(sizes.images(), Launcher.THREADS);
  }

  @Override
  protected void crossEntropy(
      Sizes sizes, Tensor y, Tensor dx, Tensor x, Tensor targets, float factor) {
    losses.launch("crossEntropy", grid(sizes), y, dx, x, targets, sizes.classes(), factor);
  }

  @Override
  protected void binaryCrossEntropy(
      Sizes sizes, Tensor y, Tensor dx, Tensor x, Tensor targets, float factor) {
    losses.launch("binaryCrossEntropy", grid(sizes), y, dx, x, targets, sizes.classes(), factor);
  }

  @Override
  protected void divergence(
      Sizes sizes, Tensor y, Tensor dx, Tensor x, Tensor teacher, float inverse, float factor) {
    int classes = sizes.classes();
    losses.launch("divergence", grid(sizes), y, dx, x, teacher, classes, inverse, factor);
  }

  @Override
  protected void hardLabels(Sizes sizes, Tensor y, Tensor x) {
    metrics.launch("hardLabels", grid(sizes), y, x, sizes.classes());
  }

  @Override
  protected void score(Sizes sizes, Tensor ranks, Tensor y, Tensor x, Tensor other, int[] labels) {
    Tensor classes = launcher.onDevice(DType.I32, MemorySegment.ofArray(labels));
    metrics.launch("score", grid(sizes), ranks, y, x, other, classes, sizes.classes());
  }
}
