package io.github.deit4j.nn;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.tensor.Tensor;

/**
 * Projects square patches to tokens: a convolution whose stride is its size, hence a linear layer
 * on patches.
 *
 * @param proj weight [D, channels, patch, patch], bias [D]
 * @param patch rows and columns of a patch
 */
public record PatchEmbedding(Linear proj, int patch) {
  /** Returns [B, patches, D] from images [B, channels, height, width]. */
  public Tensor forward(Ops ops, Tensor images) {
    return proj.forward(ops, ops.tokens().patches(images, patch));
  }
}
