package io.github.deit4j.cuda;

import io.github.deit4j.cuda.Launcher.KernelFile;
import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.device.Precision;
import io.github.deit4j.op.AttentionOps;
import io.github.deit4j.op.LinearOps;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;

/** Attention: blocks for each head of each image; on tensor cores where BF16 is asked for. */
final class CudaAttention extends AttentionOps {
  private static final int THREADS = 128;
  private static final int WARPS = THREADS / Launcher.WARP;

  /** What attention.cu can hold: rows of a warp and of a tile, channels of a head. */
  private static final int ROWS = 8;

  private static final int TILE = 32;
  private static final int CHANNELS = 128;

  /** What attention_bfloat16.cu can hold. */
  private static final int TENSOR_CORE_ROWS = 16;

  private static final int TENSOR_CORE_CHANNELS = 64;

  private final Launcher launcher;
  private final KernelFile kernels;
  private final KernelFile onTensorCores;
  private final Precision precision;

  CudaAttention(Launcher launcher, LinearOps linear, Precision precision) {
    super(launcher, linear);
    this.launcher = launcher;
    this.kernels = launcher.file("attention");
    this.onTensorCores = launcher.file("attention_bfloat16");
    this.precision = precision;
  }

  private static Grid grid(Sizes sizes, int rowsOfWarp) {
    long units = (long) sizes.images() * sizes.heads();
    return Grid.of(units, Math.ceilDiv(sizes.tokens(), WARPS * rowsOfWarp), THREADS);
  }

  private boolean onTensorCores(Sizes sizes) {
    return precision == Precision.BF16
        && sizes.channels() % 16 == 0
        && sizes.channels() <= TENSOR_CORE_CHANNELS;
  }

  private void launch(String kernel, Sizes sizes, Tensor... tensors) {
    if (onTensorCores(sizes)) {
      Grid grid = grid(sizes, TENSOR_CORE_ROWS);
      onTensorCores.launch(kernel + "Bfloat16", grid, arguments(sizes, tensors));
    } else {
      int floats = 2 * TILE * (sizes.channels() + 1) + WARPS * ROWS * TILE;
      kernels.launch(kernel, grid(sizes, ROWS).shared(4 * floats), arguments(sizes, tensors));
    }
  }

  private static Object[] arguments(Sizes sizes, Tensor... tensors) {
    return Launcher.join(tensors, sizes.tokens(), sizes.heads(), sizes.channels(), sizes.scale());
  }

  /** The one bound that is this device's own. */
  private static void requireFit(Sizes sizes, Tensor qkv) {
    if (sizes.channels() > CHANNELS) {
      throw new ShapeException(
          "attention on CUDA: expected heads of at most %d channels, found %s with %d heads"
              .formatted(CHANNELS, qkv, sizes.heads()));
    }
  }

  @Override
  protected void attention(Sizes sizes, Tensor y, Tensor max, Tensor reciprocal, Tensor qkv) {
    requireFit(sizes, qkv);
    launch("attention", sizes, y, max, reciprocal, qkv);
  }

  @Override
  protected void attentionBackward(
      Sizes sizes, Tensor dqkv, Tensor dy, Tensor qkv, Tensor max, Tensor reciprocal) {
    requireFit(sizes, qkv);
    Tensor delta = launcher.floats(sizes.images(), sizes.heads(), sizes.tokens());
    launch("attentionBackwardQueries", sizes, dqkv, delta, dy, qkv, max, reciprocal);
    launch("attentionBackwardKeys", sizes, dqkv, delta, dy, qkv, max, reciprocal);
  }

  @Override
  protected void attentionProbabilities(Sizes sizes, Tensor probabilities, Tensor qkv) {
    Grid grid = Grid.of((long) sizes.images() * sizes.heads(), sizes.tokens(), Launcher.WARP);
    kernels.launch("attentionProbabilities", grid, arguments(sizes, probabilities, qkv));
  }
}
