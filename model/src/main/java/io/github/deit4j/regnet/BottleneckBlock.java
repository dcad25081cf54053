package io.github.deit4j.regnet;

import io.github.deit4j.autograd.FeatureMapOps;
import io.github.deit4j.autograd.Ops;
import io.github.deit4j.nn.BatchNorm;
import io.github.deit4j.nn.Convolution;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.Linear;
import io.github.deit4j.nn.Parameters;
import io.github.deit4j.regnet.RegNetConfig.Stage;
import io.github.deit4j.tensor.Tensor;

/**
 * A residual bottleneck block of RegNetY: 1×1, grouped 3×3, squeeze-and-excitation, 1×1, each
 * convolution with batch normalisation, plus a shortcut; the branch under stochastic depth.
 *
 * @param name prefix of its parameters, such as {@code s1.b1}
 * @param index position in the model, from 0
 * @param shortcut of the first block of a stage; null where the input itself is added
 * @param dropRate probability that an image skips the branch in training
 */
record BottleneckBlock(
    String name,
    int index,
    Convolution conv1,
    BatchNorm norm1,
    Convolution conv2,
    BatchNorm norm2,
    SqueezeExcitation excitation,
    Convolution conv3,
    BatchNorm norm3,
    Shortcut shortcut,
    double dropRate) {

  /** Brings the input to the output's shape. */
  record Shortcut(Convolution convolution, BatchNorm norm) {}

  static BottleneckBlock make(
      Parameters make, String name, int index, int in, Stage stage, boolean first, double rate) {
    int width = stage.width();
    int stride = first ? 2 : 1;
    int groups = width / stage.groupWidth();
    int squeezed = RegNetConfig.squeezedChannels(in);
    return new BottleneckBlock(
        name,
        index,
        make.convolution(name + ".conv1.conv", in, width, 1, 1, 1),
        make.batchNorm(name + ".conv1.bn", width),
        make.convolution(name + ".conv2.conv", width, width, 3, stride, groups),
        make.batchNorm(name + ".conv2.bn", width),
        new SqueezeExcitation(
            pointwise(make, name + ".se.fc1", width, squeezed),
            pointwise(make, name + ".se.fc2", squeezed, width)),
        make.convolution(name + ".conv3.conv", width, width, 1, 1, 1),
        make.batchNorm(name + ".conv3.bn", width),
        first
            ? new Shortcut(
                make.convolution(name + ".downsample.conv", in, width, 1, stride, 1),
                make.batchNorm(name + ".downsample.bn", width))
            : null,
        rate);
  }

  private static Linear pointwise(Parameters make, String name, int in, int out) {
    return new Linear(make.add(name + ".weight", out, in, 1, 1), make.add(name + ".bias", out));
  }

  /** Returns [B, outHeight, outWidth, width] from [B, height, width, in]. */
  Tensor forward(ForwardPass pass, Tensor x) {
    FeatureMapOps ops = pass.ops().featureMaps();
    Tensor first = norm1.forwardRelu(pass, conv1.forward(ops, x));
    pass.observe(name + ".conv1", first);
    Tensor second = norm2.forwardRelu(pass, conv2.forward(ops, first));
    pass.observe(name + ".conv2", second);
    Tensor excited = excitation.forward(pass, second);
    pass.observe(name + ".se", excited);
    Tensor third = conv3.forward(ops, excited);
    Tensor kept = shortcut == null ? x : shortcut(pass, x);
    Tensor out = join(pass, third, kept);
    pass.observe(name, out);
    return out;
  }

  private Tensor shortcut(ForwardPass pass, Tensor x) {
    FeatureMapOps ops = pass.ops().featureMaps();
    Tensor kept = shortcut.norm.forward(pass, shortcut.convolution.forward(ops, x));
    pass.observe(name + ".downsample", kept);
    return kept;
  }

  private Tensor join(ForwardPass pass, Tensor third, Tensor kept) {
    float[] factors = pass.dropPath(index, dropRate, third);
    if (factors == null && !pass.isObserved()) {
      return norm3.forwardAddRelu(pass, third, kept);
    }
    Tensor normalized = norm3.forward(pass, third);
    pass.observe(name + ".conv3", normalized);
    Ops ops = pass.ops();
    return ops.featureMaps().relu(ops.addBranch(kept, normalized, factors));
  }
}
