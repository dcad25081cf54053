package io.github.deit4j.bench.peers;

import io.github.deit4j.bench.cases.BenchmarkData;
import io.github.deit4j.nn.ModelConfig;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The forward pass in PyTorch's inference mode. */
final class TorchInference implements PeerWorkload {
  private final InferenceMode mode;
  private final TorchModel model;
  private final Tensor images;
  private final int classes;

  TorchInference(ModelConfig config, int batch, int threads, Path weights) throws IOException {
    torch.set_num_threads(threads);
    this.mode = new InferenceMode();
    this.model = TorchModel.read(config, weights, false);
    this.images = model.prepared(images(config, batch));
    this.classes = config.classes();
  }

  static Tensor images(ModelConfig config, int batch) {
    int size = config.imageSize();
    return Tensor.create(BenchmarkData.images(config, batch), batch, config.channels(), size, size);
  }

  @Override
  public String configuration() {
    return TorchConfiguration.text();
  }

  @Override
  public void run() {
    try (PointerScope _ = new PointerScope()) {
      model.forward(images);
    }
  }

  @Override
  public float[] check() {
    try (PointerScope _ = new PointerScope()) {
      FloatBuffer logits = model.forward(images).classLogits().createBuffer();
      float[] first = new float[classes];
      logits.get(first);
      return first;
    }
  }

  @Override
  public void close() {
    mode.close();
  }
}
