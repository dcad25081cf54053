package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.device.Precision;
import io.github.deit4j.op.Checks;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;

/** Attention: blocks for each head of each image; on tensor cores where BF16 is asked for. */
final class CudaAttention {
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
  private final Precision precision;

  CudaAttention(Launcher launcher, Precision precision) {
    this.launcher = launcher;
    this.precision = precision;
  }

  /** The sizes of one op. */
  private record Sizes(int images, int tokens, int heads, int channels) {
    static Sizes of(String op, Tensor qkv, int heads) {
      Checks.rank(op, "qkv", qkv, 3);
      int width = qkv.shape().size(2) / 3;
      Checks.that(
          heads > 0 && qkv.shape().size(2) % 3 == 0 && width % heads == 0,
          op,
          "qkv [B, N, 3·D] with D a multiple of " + heads + " heads",
          qkv);
      return new Sizes(qkv.shape().size(0), qkv.shape().size(1), heads, width / heads);
    }

    int width() {
      return heads * channels;
    }

    float scale() {
      return (float) (1 / Math.sqrt(channels));
    }

    void checkKept(String op, Tensor... kept) {
      for (Tensor x : kept) {
        Checks.elements(op, "max or reciprocal", x, images, heads, tokens);
      }
    }

    Grid grid(int rowsOfWarp) {
      return Grid.of((long) images * heads, Math.ceilDiv(tokens, WARPS * rowsOfWarp), THREADS);
    }
  }

  private boolean onTensorCores(Sizes sizes) {
    return precision == Precision.BF16
        && sizes.channels % 16 == 0
        && sizes.channels <= TENSOR_CORE_CHANNELS;
  }

  private void launch(String kernel, Sizes sizes, Tensor... tensors) {
    Object[] arguments = new Object[tensors.length + 4];
    System.arraycopy(tensors, 0, arguments, 0, tensors.length);
    arguments[tensors.length] = sizes.tokens;
    arguments[tensors.length + 1] = sizes.heads;
    arguments[tensors.length + 2] = sizes.channels;
    arguments[tensors.length + 3] = sizes.scale();
    if (onTensorCores(sizes)) {
      launcher.launch(
          "attention_bfloat16", kernel + "Bfloat16", sizes.grid(TENSOR_CORE_ROWS), arguments);
    } else {
      int floats = 2 * TILE * (sizes.channels + 1) + WARPS * ROWS * TILE;
      launcher.launch("attention", kernel, sizes.grid(ROWS).shared(4 * floats), arguments);
    }
  }

  private static void checkChannels(String op, Sizes sizes, Tensor qkv) {
    Checks.that(
        sizes.channels <= CHANNELS, op, "heads of at most %d channels".formatted(CHANNELS), qkv);
  }

  void forward(Tensor y, Tensor max, Tensor reciprocal, Tensor qkv, int heads) {
    Sizes sizes = Sizes.of("attention", qkv, heads);
    checkChannels("attention", sizes, qkv);
    Checks.elements("attention", "y", y, sizes.images, sizes.tokens, sizes.width());
    sizes.checkKept("attention", max, reciprocal);
    launch("attention", sizes, y, max, reciprocal, qkv);
  }

  void backward(Tensor dqkv, Tensor dy, Tensor qkv, Tensor max, Tensor reciprocal, int heads) {
    Sizes sizes = Sizes.of("attentionBackward", qkv, heads);
    checkChannels("attentionBackward", sizes, qkv);
    Checks.elements("attentionBackward", "dqkv", dqkv, qkv.elements());
    Checks.elements("attentionBackward", "dy", dy, sizes.images, sizes.tokens, sizes.width());
    sizes.checkKept("attentionBackward", max, reciprocal);
    Tensor delta = launcher.scratch(DType.F32, Shape.of(sizes.images, sizes.heads, sizes.tokens));
    launch("attentionBackwardQueries", sizes, dqkv, delta, dy, qkv, max, reciprocal);
    launch("attentionBackwardKeys", sizes, dqkv, delta, dy, qkv, max, reciprocal);
  }

  void probabilities(Tensor probabilities, Tensor qkv, int heads) {
    String op = "attentionProbabilities";
    Sizes sizes = Sizes.of(op, qkv, heads);
    Checks.elements(
        op, "probabilities", probabilities, sizes.images, heads, sizes.tokens, sizes.tokens);
    launcher.launch(
        "attention",
        op,
        Grid.of((long) sizes.images * heads, sizes.tokens, Launcher.WARP),
        probabilities,
        qkv,
        sizes.tokens,
        heads,
        sizes.channels,
        sizes.scale());
  }
}
