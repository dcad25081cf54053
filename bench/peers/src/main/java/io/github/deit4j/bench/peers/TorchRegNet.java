package io.github.deit4j.bench.peers;

import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.regnet.RegNetConfig.Stage;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** RegNetY in PyTorch's own ops. Maps and weights have the layout "channels last". */
final class TorchRegNet implements TorchModel {
  private static final double EPSILON = 1e-5;
  private static final double MOMENTUM = 0.1;
  private static final long[] NO_DILATION = {1, 1};

  private final RegNetConfig config;
  private final TorchWeights weights;
  private final boolean training;

  /**
   * Lays the weights out.
   *
   * @param training whether batch normalisation uses the batch's statistics and follows them
   */
  TorchRegNet(RegNetConfig config, TorchWeights weights, boolean training) {
    this.config = config;
    this.weights = weights.relaid(this::prepared, training);
    this.training = training;
  }

  @Override
  public Map<String, Tensor> parameters() {
    return weights.parameters();
  }

  @Override
  public Tensor prepared(Tensor images) {
    return images.contiguous(MemoryFormat.ChannelsLast);
  }

  @Override
  public Logits forward(Tensor images) {
    Tensor x = torch.relu_(normalized(images, "stem", config.stemStride(), 1));
    for (int s = 0; s < config.stages().size(); s++) {
      Stage stage = config.stages().get(s);
      for (int b = 0; b < stage.depth(); b++) {
        x = block(x, "s%d.b%d".formatted(s + 1, b + 1), stage, b == 0);
      }
    }
    return new Logits(weights.linear(pool(x).flatten(1, 3), "head.fc"), null);
  }

  private Tensor block(Tensor x, String name, Stage stage, boolean first) {
    int stride = first ? 2 : 1;
    int groups = stage.width() / stage.groupWidth();
    Tensor kept = first ? normalized(x, name + ".downsample", stride, 1) : x;
    Tensor branch = torch.relu_(normalized(x, name + ".conv1", 1, 1));
    branch = torch.relu_(normalized(branch, name + ".conv2", stride, groups));
    branch = excited(branch, name + ".se");
    return torch.relu_(normalized(branch, name + ".conv3", 1, 1).add_(kept));
  }

  private Tensor excited(Tensor x, String name) {
    Tensor squeezed = torch.relu_(convolution(pool(x), name + ".fc1", 1, 1));
    return x.mul(torch.sigmoid(convolution(squeezed, name + ".fc2", 1, 1)));
  }

  private static Tensor pool(Tensor x) {
    return x.mean(new long[] {2, 3}, true, null);
  }

  /** A convolution and its batch normalisation. */
  private Tensor normalized(Tensor x, String name, int stride, int groups) {
    return torch.batch_norm(
        convolution(x, name + ".conv", stride, groups),
        weights.optional(name + ".bn.weight"),
        weights.optional(name + ".bn.bias"),
        weights.buffer(name + ".bn.running_mean"),
        weights.buffer(name + ".bn.running_var"),
        training,
        MOMENTUM,
        EPSILON,
        false);
  }

  private Tensor convolution(Tensor x, String name, int stride, int groups) {
    Tensor w = weights.get(name + ".weight");
    boolean biased = weights.parameters().containsKey(name + ".bias");
    return torch.conv2d(
        x,
        w,
        biased ? weights.optional(name + ".bias") : new TensorOptional(),
        new long[] {stride, stride},
        new long[] {(w.size(2) - 1) / 2, (w.size(3) - 1) / 2},
        NO_DILATION,
        groups);
  }
}
