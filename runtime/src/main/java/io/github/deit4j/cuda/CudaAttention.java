package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.device.Precision;
import io.github.deit4j.op.AttentionOps;
import io.github.deit4j.op.LinearOps;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;

/**
 * Attention: blocks for each head of each image. Where BF16 is asked for it is on tensor cores, of
 * operands in BF16, unless heads have another number of channels than those can hold.
 */
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

  private boolean onTensorCores(Sizes sizes) {
    int channels = sizes.channels();
    return precision == Precision.BF16 && channels % 16 == 0 && channels <= TENSOR_CORE_CHANNELS;
  }

  private void launch(String kernel, Sizes sizes, Tensor... tensors) {
    int floats = 2 * TILE * (sizes.channels() + 1) + WARPS * ROWS * TILE;
    cuda.attention.launch(kernel, grid(sizes, ROWS).shared(4 * floats), tensors, sizes);
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
    if (onTensorCores(sizes)) {
      Grid grid = grid(sizes, TENSOR_CORE_ROWS);
      Tensor from = cuda.bfloat16(qkv);
      cuda.writing(
          y,
          DType.BF16,
          to ->
              cuda.attentionBfloat16.launch(
                  "attentionBfloat16", grid, to, max, reciprocal, from, sizes));
    } else {
      Tensor from = cuda.float32(qkv);
      cuda.writing(y, DType.F32, to -> launch("attention", sizes, to, max, reciprocal, from));
    }
  }

  @Override
  protected void attentionBackward(
      Sizes sizes, Tensor dqkv, Tensor dy, Tensor y, Tensor qkv, Tensor max, Tensor reciprocal) {
    requireFit(sizes, qkv);
    if (onTensorCores(sizes)) {
      Grid own = grid(sizes, TENSOR_CORE_ROWS);
      Grid both = Grid.of(own.x(), 2L * own.y(), own.threads());
      Tensor[] from = {cuda.bfloat16(dy), cuda.bfloat16(y), cuda.bfloat16(qkv), max, reciprocal};
      cuda.writing(
          dqkv,
          DType.BF16,
          to -> cuda.attentionBfloat16.launch("attentionBackwardBfloat16", both, to, from, sizes));
    } else {
      Tensor delta = cuda.floats(sizes.images(), sizes.heads(), sizes.tokens());
      Tensor gradient = cuda.float32(dy);
      Tensor from = cuda.float32(qkv);
      cuda.writing(
          dqkv,
          DType.F32,
          to -> {
            Tensor[] tensors = {to, delta, gradient, from, max, reciprocal};
            launch("attentionBackwardQueries", sizes, tensors);
            launch("attentionBackwardKeys", sizes, tensors);
          });
    }
  }

  @Override
  protected void attentionProbabilities(Sizes sizes, Tensor probabilities, Tensor qkv) {
    Grid grid = Grid.of((long) sizes.images() * sizes.heads(), sizes.tokens(), Launcher.WARP);
    cuda.attention.launch("attentionProbabilities", grid, probabilities, cuda.float32(qkv), sizes);
  }
}
