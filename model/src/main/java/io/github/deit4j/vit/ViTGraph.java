package io.github.deit4j.vit;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.LayerNorm;
import io.github.deit4j.nn.TokenLayout;
import io.github.deit4j.onnx.OnnxGraph;
import io.github.deit4j.onnx.OnnxGraph.Attribute.Int;
import io.github.deit4j.onnx.OnnxGraph.Attribute.Ints;
import io.github.deit4j.onnx.OnnxGraph.Attribute.Real;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** A vision transformer's evaluation as an ONNX graph. */
final class ViTGraph {
  private final ViTConfig config;
  private final OnnxGraph graph;

  ViTGraph(ViTConfig config, Backend backend, Map<String, Tensor> tensors) {
    this.config = config;
    this.graph = new OnnxGraph("deit", backend, tensors);
  }

  OnnxGraph graph() {
    graph.input("images", config.channels(), config.imageSize(), config.imageSize());
    constants();
    String x = embeddings();
    for (int i = 0; i < config.depth(); i++) {
      x = block(x, "blocks." + i);
    }
    x = layerNorm(x, "norm");
    heads(x);
    return graph;
  }

  private void constants() {
    int headWidth = config.width() / config.heads();
    graph.integers("shape.heads", 0, config.tokens(), config.heads(), headWidth);
    graph.integers("shape.tokens", 0, config.tokens(), config.width());
    graph.integers("shape.token", 0, config.width());
    graph.integers("shape.patches", 0, config.width(), config.patches());
    int width = config.width();
    graph.integers("split.qkv", width, width, width);
    graph.floats("scale", Shape.of(), (float) (1 / Math.sqrt(headWidth)));
    graph.floats("half", Shape.of(), 0.5f);
    graph.floats("one", Shape.of(), 1f);
    graph.floats("sqrt(2)", Shape.of(), (float) Math.sqrt(2));
  }

  private String embeddings() {
    int patch = config.patchSize();
    String name = "patch_embed.proj";
    String x =
        graph.node(
            "Conv",
            name,
            List.of("images", graph.weight(name + ".weight"), graph.weight(name + ".bias")),
            new Ints("kernel_shape", List.of(patch, patch)),
            new Ints("strides", List.of(patch, patch)));
    x = graph.node("Reshape", "patch_embed.flat", List.of(x, "shape.patches"));
    x = transpose(x, 0, 2, 1);
    boolean patchesOnly = config.layout().positionedPrefix() == 0;
    x = patchesOnly ? positioned(x, "positioned") : x;
    String tokens = patchesOnly ? "embeddings" : "tokens";
    x = graph.node("Concat", tokens, List.of(prefix(), x), new Int("axis", 1));
    return patchesOnly ? x : positioned(x, "embeddings");
  }

  private String positioned(String x, String name) {
    return graph.node("Add", name, List.of(x, graph.weight(TokenLayout.POSITIONS)));
  }

  /** The tokens in front of the patches, once for every image: [batch, prefix, D]. */
  private String prefix() {
    List<String> tokens = config.prefix().stream().map(graph::weight).toList();
    String token =
        tokens.size() == 1
            ? tokens.getFirst()
            : graph.node("Concat", "prefix", tokens, new Int("axis", 1));
    String batch =
        graph.node("Shape", "batch", List.of("images"), new Int("start", 0), new Int("end", 1));
    String rest = graph.integers("shape.prefix", config.prefixTokens(), config.width());
    String shape = graph.node("Concat", "prefix.shape", List.of(batch, rest), new Int("axis", 0));
    return graph.node("Expand", "prefix.expanded", List.of(token, shape));
  }

  private String block(String x, String name) {
    String attended = attention(layerNorm(x, name + ".norm1"), name + ".attn");
    String middle =
        graph.node("Add", name + ".middle", List.of(x, scaled(attended, name + ".ls1")));
    String transformed = mlp(layerNorm(middle, name + ".norm2"), name + ".mlp");
    return graph.node("Add", name, List.of(middle, scaled(transformed, name + ".ls2")));
  }

  /** Layer scale, where the model has it. */
  private String scaled(String branch, String name) {
    String gamma = name + ".gamma";
    return graph.hasWeight(gamma)
        ? graph.node("Mul", name, List.of(branch, graph.weight(gamma)))
        : branch;
  }

  private String attention(String x, String name) {
    String q = name + ".q";
    String k = name + ".k";
    String v = name + ".v";
    String qkv = linear(x, name + ".qkv");
    graph.node("Split", List.of(q, k, v), List.of(qkv, "split.qkv"), new Int("axis", 2));
    q = transpose(perHead(q), 0, 2, 1, 3);
    k = transpose(perHead(k), 0, 2, 3, 1);
    v = transpose(perHead(v), 0, 2, 1, 3);
    String scaled = graph.node("Mul", name + ".q.scaled", List.of(q, "scale"));
    String scores = graph.node("MatMul", name + ".scores", List.of(scaled, k));
    String probabilities =
        graph.node("Softmax", name + ".probabilities", List.of(scores), new Int("axis", -1));
    String heads = graph.node("MatMul", name + ".heads", List.of(probabilities, v));
    String merged = transpose(heads, 0, 2, 1, 3);
    String joined = graph.node("Reshape", name + ".joined", List.of(merged, "shape.tokens"));
    return linear(joined, name + ".proj");
  }

  private String perHead(String x) {
    return graph.node("Reshape", x + ".heads", List.of(x, "shape.heads"));
  }

  private String mlp(String x, String name) {
    return linear(gelu(linear(x, name + ".fc1"), name + ".gelu"), name + ".fc2");
  }

  /** The exact form, x·½(1 + erf(x/√2)). */
  private String gelu(String x, String name) {
    String scaled = graph.node("Div", name + ".scaled", List.of(x, "sqrt(2)"));
    String erf = graph.node("Erf", name + ".erf", List.of(scaled));
    String shifted = graph.node("Add", name + ".shifted", List.of(erf, "one"));
    String product = graph.node("Mul", name + ".product", List.of(x, shifted));
    return graph.node("Mul", name, List.of(product, "half"));
  }

  private String linear(String x, String name) {
    return graph.linear(x, name, name);
  }

  private String layerNorm(String x, String name) {
    return graph.node(
        "LayerNormalization",
        name,
        List.of(x, graph.weight(name + ".weight"), graph.weight(name + ".bias")),
        new Int("axis", -1),
        new Real("epsilon", LayerNorm.EPSILON));
  }

  private void heads(String x) {
    graph.output("logits", config.classes());
    if (!config.distilled()) {
      head(x, 0, "head", "logits");
      return;
    }
    graph.output("class_logits", config.classes());
    graph.output("distillation_logits", config.classes());
    String ofClass = head(x, 0, "head", "class_logits");
    String ofDistillation = head(x, 1, "head_dist", "distillation_logits");
    String sum = graph.node("Add", "sum_of_logits", List.of(ofClass, ofDistillation));
    graph.node("Mul", "logits", List.of(sum, "half"));
  }

  private String head(String x, int token, String name, String output) {
    String index = graph.integers(name + ".index", token);
    String row = graph.node("Gather", name + ".row", List.of(x, index), new Int("axis", 1));
    String flat = graph.node("Reshape", name + ".token", List.of(row, "shape.token"));
    return graph.linear(flat, name, output);
  }

  private String transpose(String x, Integer... order) {
    return graph.node("Transpose", x + ".transposed", List.of(x), new Ints("perm", List.of(order)));
  }
}
