package io.github.deit4j.bench.peers;

import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.vit.DeiTConfig;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

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
   */
  static TorchModel read(ModelConfig config, Path weights, boolean trainable) throws IOException {
    TorchModel model =
        config instanceof RegNetConfig regNet
            ? new TorchRegNet(regNet, trainable)
            : new TorchDeiT((DeiTConfig) config);
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      for (var entry : file.tensors().entrySet()) {
        String name = entry.getKey();
        long[] shape = Arrays.stream(entry.getValue().shape().sizes()).asLongStream().toArray();
        if (name.contains(".running_")) {
          model.buffers.put(name, Tensor.create(file.floats(name), shape));
        } else if (!name.endsWith(".num_batches_tracked")) {
          Tensor tensor = Tensor.create(file.floats(name), shape);
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

  /** Of q, k and v side by side, [B, N, 3·D]. */
  static Tensor attention(Tensor qkv, int heads) {
    long batch = qkv.size(0);
    long tokens = qkv.size(1);
    long width = qkv.size(2) / 3;
    Tensor split = qkv.reshape(batch, tokens, 3, heads, width / heads).permute(2, 0, 3, 1, 4);
    Tensor y =
        torch.scaled_dot_product_attention(
            split.select(0, 0), split.select(0, 1), split.select(0, 2));
    return y.transpose(1, 2).reshape(batch, tokens, width);
  }
}
