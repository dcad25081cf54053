package io.github.deit4j.bench.peers;

import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.regnet.RegNetConfig.Stage;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** RegNetY in PyTorch's own ops. Feature maps and weights have the layout "channels last". */
final class TorchRegNet extends TorchModel {
  private static final double EPSILON = 1e-5;
  private static final double MOMENTUM = 0.1;

  private final RegNetConfig config;
  private final boolean training;

  /** In training batch normalisation uses the batch's statistics and follows them. */
  TorchRegNet(RegNetConfig config, boolean training) {
    this.config = config;
    this.training = training;
  }

  @Override
  Tensor prepared(Tensor x) {
    return x.contiguous(MemoryFormat.ChannelsLast);
  }

  @Override
  Logits forward(Tensor images) {
    Tensor x = torch.relu_(normalized(images, "stem", config.stemStride(), 1, 1));
    for (int s = 0; s < config.stages().size(); s++) {
      Stage stage = config.stages().get(s);
      for (int b = 0; b < stage.depth(); b++) {
        x = block(x, "s%d.b%d".formatted(s + 1, b + 1), stage, b == 0);
      }
    }
    return new Logits(linear(pool(x).flatten(1, 3), "head.fc"), null);
  }

  private Tensor block(Tensor x, String name, Stage stage, boolean first) {
    int stride = first ? 2 : 1;
    int groups = stage.width() / stage.groupWidth();
    Tensor kept = first ? normalized(x, name + ".downsample", stride, 0, 1) : x;
    Tensor branch = torch.relu_(normalized(x, name + ".conv1", 1, 0, 1));
    branch = torch.relu_(normalized(branch, name + ".conv2", stride, 1, groups));
    Tensor squeezed = torch.relu_(convolution(pool(branch), name + ".se.fc1", 1, 0, 1));
    branch = branch.mul(torch.sigmoid(convolution(squeezed, name + ".se.fc2", 1, 0, 1)));
    return torch.relu_(normalized(branch, name + ".conv3", 1, 0, 1).add_(kept));
  }

  private static Tensor pool(Tensor x) {
    return x.mean(new long[] {2, 3}, true, null);
  }

  private Tensor normalized(Tensor x, String name, int stride, int padding, int groups) {
    return torch.batch_norm(
        convolution(x, name + ".conv", stride, padding, groups),
        optional(name + ".bn.weight"),
        optional(name + ".bn.bias"),
        buffer(name + ".bn.running_mean"),
        buffer(name + ".bn.running_var"),
        training,
        MOMENTUM,
        EPSILON,
        false);
  }
}
