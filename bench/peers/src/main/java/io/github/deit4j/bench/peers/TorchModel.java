package io.github.deit4j.bench.peers;

import io.github.deit4j.vit.DeiTConfig;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.regnet.RegNetConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** A model in PyTorch's own ops, as its eager mode runs the reference's Python. */
interface TorchModel {
  /**
   * The logits of a batch.
   *
   * @param distillation null where there is no such head
   */
  record Logits(Tensor classLogits, Tensor distillation) {}

  /**
   * Reads a model.
   *
   * @param weights a file with timm's names
   * @param trainable whether gradients are wanted
   */
  static TorchModel read(ModelConfig config, Path weights, boolean trainable) throws IOException {
    TorchWeights read = TorchWeights.read(weights, trainable);
    return switch (config) {
      case DeiTConfig deit -> new TorchDeiT(deit, read);
      case RegNetConfig regNet -> new TorchRegNet(regNet, read, trainable);
      default -> throw new IllegalArgumentException("no twin of a " + config.family());
    };
  }

  /** Returns the trainable tensors by timm's names. */
  Map<String, Tensor> parameters();

  /** Returns images in the layout that the model is fastest with. */
  Tensor prepared(Tensor images);

  /** Computes the logits of prepared images. */
  Logits forward(Tensor images);
}
