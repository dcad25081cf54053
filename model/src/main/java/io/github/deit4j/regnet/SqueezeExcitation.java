package io.github.deit4j.regnet;

import io.github.deit4j.autograd.FeatureMapOps;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.Linear;
import io.github.deit4j.tensor.Tensor;

/**
 * Squeeze-and-excitation (Hu et al. 2018): scales each channel by what the means of all channels
 * say about it.
 *
 * @param fc1 C to squeezed; its weight has a 1×1 convolution's shape
 * @param fc2 squeezed to C; likewise
 */
record SqueezeExcitation(Linear fc1, Linear fc2) {
  /** Returns a map of x's shape. */
  Tensor forward(ForwardPass pass, Tensor x) {
    FeatureMapOps ops = pass.ops().featureMaps();
    Tensor squeezed = ops.relu(fc1.forward(pass.ops(), ops.averagePool(x)));
    return ops.scaleChannels(x, ops.sigmoid(fc2.forward(pass.ops(), squeezed)));
  }
}
