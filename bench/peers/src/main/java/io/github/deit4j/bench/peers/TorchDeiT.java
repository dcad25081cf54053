package io.github.deit4j.bench.peers;

import io.github.deit4j.deit.DeiTConfig;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** DeiT in PyTorch's own ops, as its eager mode runs the reference's Python. */
final class TorchDeiT {
  private static final Pattern VERSION = Pattern.compile("TORCH_VERSION=([^,]+)");
  private static final double EPSILON = 1e-6;
  private static final long[] NO_PADDING = {0, 0};
  private static final long[] NO_DILATION = {1, 1};

  private final DeiTConfig config;
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();

  /**
   * Reads the weights.
   *
   * @param trainable whether gradients are wanted
   */
  TorchDeiT(DeiTConfig config, Path weights, boolean trainable) throws IOException {
    this.config = config;
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      for (var entry : file.tensors().entrySet()) {
        long[] shape = Arrays.stream(entry.getValue().shape().sizes()).asLongStream().toArray();
        Tensor tensor = Tensor.create(file.floats(entry.getKey()), shape);
        parameters.put(entry.getKey(), tensor.set_requires_grad(trainable));
      }
    }
  }

  /** Returns the parameters by timm's names. */
  Map<String, Tensor> parameters() {
    return parameters;
  }

  /** The logits of a batch. */
  record Logits(Tensor classLogits, Tensor distillation) {}

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
    long width = config.width();
    long[] stride = {config.patchSize(), config.patchSize()};
    Tensor patches =
        torch
            .conv2d(
                images,
                parameters.get("patch_embed.proj.weight"),
                optional("patch_embed.proj.bias"),
                stride,
                NO_PADDING,
                NO_DILATION,
                1)
            .flatten(2, 3)
            .transpose(1, 2);
    TensorVector tokens = new TensorVector();
    tokens.push_back(parameters.get("cls_token").expand(batch, 1, width));
    if (config.distilled()) {
      tokens.push_back(parameters.get("dist_token").expand(batch, 1, width));
    }
    tokens.push_back(patches);
    return torch.cat(tokens, 1).add(parameters.get("pos_embed"));
  }

  private Tensor block(Tensor x, String name) {
    Tensor middle = x.add(attention(layerNorm(x, name + ".norm1"), name + ".attn"));
    return middle.add(mlp(layerNorm(middle, name + ".norm2"), name + ".mlp"));
  }

  private Tensor attention(Tensor x, String name) {
    long batch = x.size(0);
    long tokens = x.size(1);
    long width = config.width();
    Tensor qkv =
        linear(x, name + ".qkv")
            .reshape(batch, tokens, 3, config.heads(), width / config.heads())
            .permute(2, 0, 3, 1, 4);
    Tensor heads =
        torch.scaled_dot_product_attention(qkv.select(0, 0), qkv.select(0, 1), qkv.select(0, 2));
    return linear(heads.transpose(1, 2).reshape(batch, tokens, width), name + ".proj");
  }

  private Tensor mlp(Tensor x, String name) {
    return linear(torch.gelu(linear(x, name + ".fc1")), name + ".fc2");
  }

  private Tensor layerNorm(Tensor x, String name) {
    long[] shape = {config.width()};
    return torch.layer_norm(
        x, shape, optional(name + ".weight"), optional(name + ".bias"), EPSILON, false);
  }

  private Tensor linear(Tensor x, String name) {
    return torch.linear(x, parameters.get(name + ".weight"), optional(name + ".bias"));
  }

  private TensorOptional optional(String name) {
    return new TensorOptional(parameters.get(name));
  }

  /** Returns versions and settings, in one line. */
  static String configuration() {
    return "PyTorch %s eager, CPU, float32, %d threads, %s, OMP_WAIT_POLICY=%s"
        .formatted(
            version(),
            torch.get_num_threads(),
            System.getenv("LD_PRELOAD") == null
                ? "OpenBLAS"
                : "MKL with " + System.getenv("MKL_THREADING_LAYER") + " threads",
            System.getenv("OMP_WAIT_POLICY"));
  }

  private static String version() {
    Matcher found = VERSION.matcher(torch.show_config().getString());
    return found.find() ? found.group(1) : "of unknown version";
  }
}
