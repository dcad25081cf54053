package io.github.deit4j.bench.peers;

import io.github.deit4j.vit.DeiTConfig;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** DeiT in PyTorch's own ops. */
final class TorchDeiT implements TorchModel {
  private static final double EPSILON = 1e-6;
  private static final long[] NO_PADDING = {0, 0};
  private static final long[] NO_DILATION = {1, 1};

  private final DeiTConfig config;
  private final TorchWeights weights;

  TorchDeiT(DeiTConfig config, TorchWeights weights) {
    this.config = config;
    this.weights = weights;
  }

  @Override
  public Map<String, Tensor> parameters() {
    return weights.parameters();
  }

  @Override
  public Tensor prepared(Tensor images) {
    return images;
  }

  @Override
  public Logits forward(Tensor images) {
    Tensor x = embed(images);
    for (int i = 0; i < config.depth(); i++) {
      x = block(x, "blocks." + i);
    }
    x = layerNorm(x, "norm");
    return new Logits(
        weights.linear(x.select(1, 0), "head"),
        config.distilled() ? weights.linear(x.select(1, 1), "head_dist") : null);
  }

  private Tensor embed(Tensor images) {
    long batch = images.size(0);
    long width = config.width();
    long[] stride = {config.patchSize(), config.patchSize()};
    Tensor patches =
        torch
            .conv2d(
                images,
                weights.get("patch_embed.proj.weight"),
                weights.optional("patch_embed.proj.bias"),
                stride,
                NO_PADDING,
                NO_DILATION,
                1)
            .flatten(2, 3)
            .transpose(1, 2);
    TensorVector tokens = new TensorVector();
    tokens.push_back(weights.get("cls_token").expand(batch, 1, width));
    if (config.distilled()) {
      tokens.push_back(weights.get("dist_token").expand(batch, 1, width));
    }
    tokens.push_back(patches);
    return torch.cat(tokens, 1).add(weights.get("pos_embed"));
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
        weights
            .linear(x, name + ".qkv")
            .reshape(batch, tokens, 3, config.heads(), width / config.heads())
            .permute(2, 0, 3, 1, 4);
    Tensor heads =
        torch.scaled_dot_product_attention(qkv.select(0, 0), qkv.select(0, 1), qkv.select(0, 2));
    return weights.linear(heads.transpose(1, 2).reshape(batch, tokens, width), name + ".proj");
  }

  private Tensor mlp(Tensor x, String name) {
    return weights.linear(torch.gelu(weights.linear(x, name + ".fc1")), name + ".fc2");
  }

  private Tensor layerNorm(Tensor x, String name) {
    long[] shape = {config.width()};
    return torch.layer_norm(
        x,
        shape,
        weights.optional(name + ".weight"),
        weights.optional(name + ".bias"),
        EPSILON,
        false);
  }
}
