package io.github.deit4j.regnet;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.BatchNorm;
import io.github.deit4j.onnx.OnnxGraph;
import io.github.deit4j.onnx.OnnxGraph.Attribute.Int;
import io.github.deit4j.onnx.OnnxGraph.Attribute.Ints;
import io.github.deit4j.onnx.OnnxGraph.Attribute.Real;
import io.github.deit4j.regnet.RegNetConfig.Stage;
import java.util.List;

/** A RegNetY's evaluation as an ONNX graph; maps have their channels first. */
final class RegNetGraph {
  private static final int KERNEL = 3;

  private final RegNetConfig config;
  private final OnnxGraph graph;

  RegNetGraph(RegNet model, Backend backend) {
    this.config = model.config();
    this.graph = new OnnxGraph("regnet", backend, model.tensors());
  }

  OnnxGraph graph() {
    graph.input("images", config.channels(), config.imageSize(), config.imageSize());
    String x = relu(normalized("images", "stem", KERNEL, config.stemStride(), 1));
    for (int s = 0; s < config.stages().size(); s++) {
      Stage stage = config.stages().get(s);
      for (int b = 0; b < stage.depth(); b++) {
        x = block(x, "s%d.b%d".formatted(s + 1, b + 1), stage, b == 0);
      }
    }
    String pooled = graph.node("GlobalAveragePool", "pooled", List.of(x));
    String flat = graph.node("Flatten", "features", List.of(pooled), new Int("axis", 1));
    graph.output("logits", config.classes());
    graph.linear(flat, "head.fc", "logits");
    return graph;
  }

  private String block(String x, String name, Stage stage, boolean first) {
    int stride = first ? 2 : 1;
    int groups = stage.width() / stage.groupWidth();
    String y = relu(normalized(x, name + ".conv1", 1, 1, 1));
    y = relu(normalized(y, name + ".conv2", KERNEL, stride, groups));
    y = normalized(excited(y, name + ".se"), name + ".conv3", 1, 1, 1);
    String kept = first ? normalized(x, name + ".downsample", 1, stride, 1) : x;
    return relu(graph.node("Add", name, List.of(y, kept)));
  }

  /** A convolution and its batch normalisation by the running statistics. */
  private String normalized(String x, String name, int kernel, int stride, int groups) {
    int padding = (kernel - 1) / 2;
    String y =
        graph.node(
            "Conv",
            name + ".conv",
            List.of(x, graph.weight(name + ".conv.weight")),
            new Ints("kernel_shape", List.of(kernel, kernel)),
            new Ints("pads", List.of(padding, padding, padding, padding)),
            new Ints("strides", List.of(stride, stride)),
            new Int("group", groups));
    String norm = name + ".bn";
    return graph.node(
        "BatchNormalization",
        norm,
        List.of(
            y,
            graph.weight(norm + ".weight"),
            graph.weight(norm + ".bias"),
            graph.weight(norm + ".running_mean"),
            graph.weight(norm + ".running_var")),
        new Real("epsilon", (float) BatchNorm.EPSILON));
  }

  /** Squeeze-and-excitation. */
  private String excited(String x, String name) {
    String means = graph.node("GlobalAveragePool", name + ".means", List.of(x));
    String squeezed = relu(pointwise(means, name + ".fc1"));
    String factors = pointwise(squeezed, name + ".fc2");
    String gates = graph.node("Sigmoid", name + ".gates", List.of(factors));
    return graph.node("Mul", name, List.of(x, gates));
  }

  private String pointwise(String x, String name) {
    return graph.node(
        "Conv", name, List.of(x, graph.weight(name + ".weight"), graph.weight(name + ".bias")));
  }

  private String relu(String x) {
    return graph.node("Relu", x + ".relu", List.of(x));
  }
}
