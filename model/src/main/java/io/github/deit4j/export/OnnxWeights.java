package io.github.deit4j.export;

import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.ImageBatch;
import io.github.deit4j.modelfile.DeiTFile;
import io.github.deit4j.nn.Model;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * A model's weights in an ONNX graph, under their timm names; matrices of linear layers lie
 * transposed, [in, out], as MatMul wants them.
 */
final class OnnxWeights {
  private final OnnxGraph graph;
  private final Backend backend;
  private final Map<String, Tensor> tensors;

  OnnxWeights(OnnxGraph graph, Backend backend, Model model) {
    this.graph = graph;
    this.backend = backend;
    this.tensors = DeiTFile.values(model);
  }

  /** Adds a tensor as it is, and returns its name. */
  String add(String name) {
    Tensor stored = tensors.get(name);
    return graph.floats(name, stored.shape(), ImageBatch.toArray(backend, stored));
  }

  /** Adds a linear layer, and returns its output. */
  String linear(String x, String name, String output) {
    String weight = name + ".weight";
    Tensor stored = tensors.get(weight);
    int out = stored.shape().size(0);
    int in = stored.shape().size(1);
    float[] transposed = transposed(ImageBatch.toArray(backend, stored), out, in);
    graph.floats(weight, Shape.of(in, out), transposed);
    String product = graph.node("MatMul", name + ".product", List.of(x, weight));
    return graph.node("Add", output, List.of(product, add(name + ".bias")));
  }

  private static float[] transposed(float[] matrix, int rows, int columns) {
    float[] transposed = new float[matrix.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        transposed[column * rows + row] = matrix[row * columns + column];
      }
    }
    return transposed;
  }
}
