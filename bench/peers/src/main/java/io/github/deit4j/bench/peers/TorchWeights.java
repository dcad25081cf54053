package io.github.deit4j.bench.peers;

import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * The tensors of a weight file in PyTorch.
 *
 * @param parameters those that are trained, by timm's names
 * @param buffers running statistics, by timm's names
 */
record TorchWeights(Map<String, Tensor> parameters, Map<String, Tensor> buffers) {
  private static final String STATISTICS = ".running_";
  private static final String COUNTER = ".num_batches_tracked";

  static TorchWeights read(Path weights, boolean trainable) throws IOException {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    Map<String, Tensor> buffers = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      for (var entry : file.tensors().entrySet()) {
        String name = entry.getKey();
        long[] shape = Arrays.stream(entry.getValue().shape().sizes()).asLongStream().toArray();
        if (name.contains(STATISTICS)) {
          buffers.put(name, Tensor.create(file.floats(name), shape));
        } else if (!name.endsWith(COUNTER)) {
          Tensor tensor = Tensor.create(file.floats(name), shape);
          parameters.put(name, tensor.set_requires_grad(trainable));
        }
      }
    }
    return new TorchWeights(parameters, buffers);
  }

  /** Returns the same with another layout of the parameters of four dimensions. */
  TorchWeights relaid(UnaryOperator<Tensor> layout, boolean trainable) {
    Map<String, Tensor> relaid = new LinkedHashMap<>(parameters);
    relaid.replaceAll(
        (name, value) ->
            value.dim() == 4 ? layout.apply(value.detach()).set_requires_grad(trainable) : value);
    return new TorchWeights(relaid, buffers);
  }

  Tensor get(String name) {
    return parameters.get(name);
  }

  TensorOptional optional(String name) {
    return new TensorOptional(parameters.get(name));
  }

  TensorOptional buffer(String name) {
    return new TensorOptional(buffers.get(name));
  }

  /** A linear layer; its weight may have a 1×1 convolution's shape. */
  Tensor linear(Tensor x, String name) {
    return torch.linear(x, get(name + ".weight"), optional(name + ".bias"));
  }
}
