package io.github.deit4j.nn;

import io.github.deit4j.autograd.FeatureMapOps;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.tensor.Tensor;

/**
 * A convolution without bias on maps with channels last, surrounded by zeros so that stride 1 keeps
 * the size.
 *
 * @param weight [out, in/groups, kernel, kernel]
 * @param stride input rows and columns between two outputs
 * @param groups parts into which the channels fall
 */
public record Convolution(Parameter weight, int stride, int groups) {
  /** Returns [B, outHeight, outWidth, out] from [B, height, width, in]. */
  public Tensor forward(FeatureMapOps ops, Tensor x) {
    return ops.convolution(x, weight, stride, groups);
  }
}
