package io.github.deit4j.onnx;

import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * A model's weights in an ONNX graph, under their timm names; matrices of linear layers lie
 * transposed, [in, out], as MatMul wants them.
 */
public final class OnnxWeights {
  private final OnnxGraph graph;
  private final Backend backend;
  private final Map<String, Tensor> tensors;

  /**
   * Adds none yet.
   *
   * @param backend where they are
   * @param tensors all of the model's, by name
   */
  public OnnxWeights(OnnxGraph graph, Backend backend, Map<String, Tensor> tensors) {
    this.graph = graph;
    this.backend = backend;
    this.tensors = tensors;
  }

  /** Returns whether the model has a tensor of this name. */
  public boolean has(String name) {
    return tensors.containsKey(name);
  }

  /** Adds a tensor as it is, and returns its name. */
  public String add(String name) {
    Tensor stored = tensors.get(name);
    return graph.floats(name, stored.shape(), backend.toArray(stored));
  }

  /** Adds a linear layer, and returns its output. */
  public String linear(String x, String name, String output) {
    String weight = name + ".weight";
    Tensor stored = tensors.get(weight);
    int out = stored.shape().size(0);
    int in = stored.shape().size(1);
    graph.floats(weight, Shape.of(in, out), transposed(backend.toArray(stored), out, in));
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
