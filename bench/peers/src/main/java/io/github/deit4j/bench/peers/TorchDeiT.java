package io.github.deit4j.bench.peers;

import io.github.deit4j.vit.DeiTConfig;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** DeiT in PyTorch's own ops. */
final class TorchDeiT extends TorchModel {
  private static final double EPSILON = 1e-6;

  private final DeiTConfig config;

  TorchDeiT(DeiTConfig config) {
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
