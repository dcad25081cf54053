package io.github.deit4j.cuda;

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

  private final Launcher cuda;
  private final Precision precision;

  CudaAttention(Launcher cuda, LinearOps linear, Precision precision) {
    super(cuda, linear);
    this.cuda = cuda;
    this.precision = precision;
  }

  private void launch(String kernel, Sizes sizes, Tensor... tensors) {
    int channels = sizes.channels();
    if (precision == Precision.BF16 && channels % 16 == 0 && channels <= TENSOR_CORE_CHANNELS) {
      Grid grid = grid(sizes, TENSOR_CORE_ROWS);
      cuda.attentionBfloat16.launch(kernel + "Bfloat16", grid, tensors, sizes);
    } else {
      int floats = 2 * TILE * (channels + 1) + WARPS * ROWS * TILE;
      cuda.attention.launch(kernel, grid(sizes, ROWS).shared(4 * floats), tensors, sizes);
    }
  }

  private static Grid grid(Sizes sizes, int rowsOfWarp) {
    long units = (long) sizes.images() * sizes.heads();
    return Grid.of(units, Math.ceilDiv(sizes.tokens(), WARPS * rowsOfWarp), THREADS);
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
    Tensor delta = cuda.floats(sizes.images(), sizes.heads(), sizes.tokens());
    launch("attentionBackwardQueries", sizes, dqkv, delta, dy, qkv, max, reciprocal);
    launch("attentionBackwardKeys", sizes, dqkv, delta, dy, qkv, max, reciprocal);
  }

  @Override
  protected void attentionProbabilities(Sizes sizes, Tensor probabilities, Tensor qkv) {
    Grid grid = Grid.of((long) sizes.images() * sizes.heads(), sizes.tokens(), Launcher.WARP);
    cuda.attention.launch("attentionProbabilities", grid, probabilities, qkv, sizes);
  }
}
