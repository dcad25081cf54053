package io.github.deit4j.bench.peers;

import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.regnet.RegNetConfig.Stage;
import io.github.deit4j.vit.DeiTFamily;
import io.github.deit4j.vit.ViTConfig;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A model in PyTorch's own ops, as its eager mode runs the reference's Python. */
abstract class TorchModel {
  /** Those that are trained, by timm's names. */
  final Map<String, Tensor> parameters = new LinkedHashMap<>();

  private final Map<String, Tensor> buffers = new LinkedHashMap<>();

  /** The distillation head's are null where there is no such head. */
  record Logits(Tensor classLogits, Tensor distillation) {}

  /**
   * Reads a model.
   *
   * @param weights a file with timm's names
   * @param type of the parameters
   */
  static TorchModel read(
      ModelConfig config, Path weights, boolean trainable, ScalarType type) throws IOException {
    TorchModel model =
        switch (config) {
          case ViTConfig vit when vit.family() == DeiTFamily.INSTANCE -> new DeiT(vit);
          case RegNetConfig regNet -> new RegNet(regNet, trainable);
          default ->
              throw new IllegalArgumentException(
                  "PyTorch: expected a DeiT or a RegNetY, which are written in its ops; found a "
                      + config.family().name());
        };
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      for (var entry : file.tensors().entrySet()) {
        String name = entry.getKey();
        long[] shape = Arrays.stream(entry.getValue().shape().sizes()).asLongStream().toArray();
        if (name.contains(".running_")) {
          model.buffers.put(name, Tensor.create(file.floats(name), shape));
        } else if (!name.endsWith(".num_batches_tracked")) {
          Tensor tensor = Tensor.create(file.floats(name), shape).to(type);
          Tensor laid = shape.length == 4 ? model.prepared(tensor) : tensor;
          model.parameters.put(name, laid.set_requires_grad(trainable));
        }
      }
    }
    return model;
  }

  /** Returns images, or weights of convolutions, in the layout that the model is fastest with. */
  Tensor prepared(Tensor x) {
    return x;
  }

  abstract Logits forward(Tensor images);

  final Tensor get(String name) {
    return parameters.get(name);
  }

  /** Returns a parameter, or nothing where there is none of that name. */
  final TensorOptional optional(String name) {
    return parameters.containsKey(name) ? new TensorOptional(get(name)) : new TensorOptional();
  }

  final TensorOptional buffer(String name) {
    return new TensorOptional(buffers.get(name));
  }

  /** A linear layer; its weight may have a 1×1 convolution's shape. */
  final Tensor linear(Tensor x, String name) {
    return torch.linear(x, get(name + ".weight"), optional(name + ".bias"));
  }

  final Tensor convolution(Tensor x, String name, int stride, int padding, int groups) {
    return torch.conv2d(
        x,
        get(name + ".weight"),
        optional(name + ".bias"),
        new long[] {stride, stride},
        new long[] {padding, padding},
        new long[] {1, 1},
        groups);
  }

  /**
   * Of q, k and v side by side, [B, N, 3·D]. In float32 also where they are BF16: PyTorch's builds
   * without MKL have only plain loops for its products of those, eight times as long in all.
   */
  static Tensor attention(Tensor qkv, int heads) {
    long batch = qkv.size(0);
    long tokens = qkv.size(1);
    long width = qkv.size(2) / 3;
    Tensor split = qkv.to(ScalarType.Float).reshape(batch, tokens, 3, heads, width / heads).permute(2, 0, 3, 1, 4);
    Tensor y =
        torch.scaled_dot_product_attention(
            split.select(0, 0), split.select(0, 1), split.select(0, 2));
    return y.transpose(1, 2).reshape(batch, tokens, width).to(qkv.scalar_type());
  }

  /** DeiT in PyTorch's own ops. */
  private static final class DeiT extends TorchModel {
    private static final double EPSILON = 1e-6;

    private final ViTConfig config;

    DeiT(ViTConfig config) {
      this.config = config;
    }

    @Override
    Logits forward(Tensor images) {
      Tensor x = embed(images);
      for (int i = 0; i < config.depth(); i++) {
        x = block(x, "blocks." + i);
      }
      x = layerNorm(x, "norm");
      return new Logits(
          linear(x.select(1, 0), "head"),
          config.distilled() ? linear(x.select(1, 1), "head_dist") : null);
    }

    private Tensor embed(Tensor images) {
      long batch = images.size(0);
      TensorVector tokens = new TensorVector();
      tokens.push_back(get("cls_token").expand(batch, 1, config.width()));
      if (config.distilled()) {
        tokens.push_back(get("dist_token").expand(batch, 1, config.width()));
      }
      Tensor patches = convolution(images, "patch_embed.proj", config.patchSize(), 0, 1);
      tokens.push_back(patches.flatten(2, 3).transpose(1, 2));
      return torch.cat(tokens, 1).add(get("pos_embed"));
    }

    private Tensor block(Tensor x, String name) {
      Tensor qkv = linear(layerNorm(x, name + ".norm1"), name + ".attn.qkv");
      Tensor heads = attention(qkv, config.heads());
      Tensor middle = x.add(linear(heads, name + ".attn.proj"));
      Tensor hidden = torch.gelu(linear(layerNorm(middle, name + ".norm2"), name + ".mlp.fc1"));
      return middle.add(linear(hidden, name + ".mlp.fc2"));
    }

    private Tensor layerNorm(Tensor x, String name) {
      long[] shape = {config.width()};
      return torch.layer_norm(
          x, shape, optional(name + ".weight"), optional(name + ".bias"), EPSILON, false);
    }
  }

  /** RegNetY in PyTorch's own ops. Feature maps and weights have the layout "channels last". */
  private static final class RegNet extends TorchModel {
    private static final double EPSILON = 1e-5;
    private static final double MOMENTUM = 0.1;

    private final RegNetConfig config;
    private final boolean training;

    /** In training batch normalisation uses the batch's statistics and follows them. */
    RegNet(RegNetConfig config, boolean training) {
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
}
