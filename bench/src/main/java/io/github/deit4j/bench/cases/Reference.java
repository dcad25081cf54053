package io.github.deit4j.bench.cases;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * What an op computes, said with the functions that other libraries have: for those who compute the
 * same with other means.
 *
 * @param function the outermost
 * @param operands tensors of ours, lists of them, numbers, other references; some may be null
 */
public record Reference(Function function, List<Object> operands) {
  /**
   * Functions of other libraries, most by PyTorch's names. Those that update tensors return the
   * first.
   */
  public enum Function {
    /** y, from x, w, b. */
    LINEAR,
    /** dw, db are added to, from dy, x. */
    LINEAR_GRADIENTS,
    /** a·b. */
    MATMUL,
    /** a + b. */
    ADD,
    /** x by a number for each image, and one for each channel or null. */
    SCALE,
    /** The exact one, of x. */
    GELU,
    /** Of dy, x. */
    GELU_BACKWARD,
    /** Of x, w, b, epsilon. */
    LAYER_NORM,
    /** Of dy, x, w, mean, rstd. */
    LAYER_NORM_BACKWARD,
    /** dw, db are added to, from dy, x, mean, rstd. */
    LAYER_NORM_GRADIENTS,
    /** Of qkv [B, N, 3·D] and the number of heads. */
    ATTENTION,
    /** Of dy, qkv, heads. */
    ATTENTION_BACKWARD,
    /** Of qkv, heads. */
    ATTENTION_PROBABILITIES,
    /** Of x [B, N, D] and a token's index. */
    SELECT,
    /** The gradient of logits x, with targets and a factor. */
    CROSS_ENTROPY,
    /** The gradient of the student's logits, from those, the teacher's, temperature, factor. */
    KL_DIVERGENCE,
    /** Of logits, one-hot rows. */
    ONE_HOT,
    /** p, m, v are updated with g by an {@code AdamWStep}. */
    ADAM_W,
    /** p and momentum are updated with g, weight decay, momentum's decay, learning rate. */
    SGD,
    /** The first moves to the second by a share. */
    LERP,
    /** Of bytes, means and deviations of channels. */
    NORMALIZE,
    /** x is mixed with the partners in reverse order, by two shares. */
    MIX,
    /** Images [B, C, H, W] to patches, by their size. */
    PATCHES,
    /** Patches to images, by their size and an image batch. */
    UNPATCH,
    /** Patches, a list of prefix tokens, positions. */
    EMBED,
    /** Of prefix gradients and position gradients, which are added to, and dy. */
    EMBED_BACKWARD,
    /** Images or maps with channels first to channels last. */
    CHANNELS_LAST,
    /** The other way. */
    CHANNELS_FIRST,
    /** Of x, w, stride, groups; channels are last here and below. */
    CONVOLUTION,
    /** Of dy, x, w, stride, groups. */
    CONVOLUTION_INPUT,
    /** dw is added to, from dy, x, stride, groups. */
    CONVOLUTION_WEIGHT,
    /** The mean of each channel, and its variance beside it. */
    BATCH_STATISTICS,
    /** ReLU of the normalised x and a residual, with mean, variance, w, b, epsilon. */
    BATCH_NORM,
    /** Of dy and what {@link #BATCH_NORM} has. */
    BATCH_NORM_BACKWARD,
    /** The mean of each image's pixels. */
    AVERAGE_POOL,
    /** base + dy/pixels, of base, dy. */
    AVERAGE_POOL_BACKWARD,
    /** Pixels of x by a number for each image's channel. */
    SCALE_CHANNELS,
    /** dscale is overwritten, dx returned, from dy, x, scale. */
    SCALE_CHANNELS_BACKWARD,
    /** Of x. */
    RELU,
    /** Of dy, y. */
    RELU_BACKWARD,
    /** Of x. */
    SIGMOID,
    /** Of dy, y. */
    SIGMOID_BACKWARD
  }

  /** Returns the reference of a function. */
  static Reference of(Function function, Object... operands) {
    return new Reference(function, Collections.unmodifiableList(Arrays.asList(operands)));
  }

  /** Returns an operand. */
  public Object at(int index) {
    return operands.get(index);
  }

  /** Returns an operand that is a number. */
  public double number(int index) {
    return ((Number) operands.get(index)).doubleValue();
  }
}
