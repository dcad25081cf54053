package io.github.deit4j.bench.peers;

import io.github.deit4j.device.Backend;
import io.github.deit4j.bench.OpCall;
import io.github.deit4j.inference.ImageBatch;
import io.github.deit4j.onnx.OnnxGraph;
import io.github.deit4j.onnx.OnnxGraph.Attribute.Int;
import io.github.deit4j.onnx.OnnxGraph.Attribute.Ints;
import io.github.deit4j.onnx.OnnxGraph.Attribute.Real;
import io.github.deit4j.op.LinearEpilogue;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An op as an ONNX model. Feature maps, whose channels are last with us and first in ONNX, are
 * transposed outside of what is timed: their input comes so, and their output stays so.
 */
final class OnnxOp {
  private static final String OUT = "y";

  /** An input. */
  record Numbers(float[] values, long[] shape) {}

  private final OpCall call;
  private final List<Object> operands;
  private final Backend backend;
  private final OnnxGraph graph;
  private final Map<String, Numbers> inputs = new LinkedHashMap<>();
  private boolean givesMap;

  private OnnxOp(OpCall call, Backend backend) {
    this.call = call;
    this.operands = call.parts();
    this.backend = backend;
    this.graph = new OnnxGraph(call.op());
  }

  /**
   * Builds the model.
   *
   * @throws IllegalArgumentException if ONNX Runtime has no such op: of training, or on pixels
   */
  static OnnxOp of(OpCall call, Backend backend) {
    OnnxOp op = new OnnxOp(call, backend);
    op.build();
    int[] sizes = op.tensor(0).shape().sizes();
    if (op.givesMap) {
      op.graph.output(OUT, sizes[3], sizes[1], sizes[2]);
    } else {
      op.graph.output(OUT, Arrays.copyOfRange(sizes, 1, sizes.length));
    }
    return op;
  }

  OnnxGraph graph() {
    return graph;
  }

  Map<String, Numbers> inputs() {
    return inputs;
  }

  private void build() {
    switch (call.op()) {
      case "linear" -> linear();
      case "feedForward" -> feedForward();
      case "gelu" -> gelu(input(1), OUT);
      case "layerNorm" -> layerNorm();
      case "attention" -> {
        boolean projects = call.operands().get(5) != null;
        attention(projects ? linear(input(5), 6, "qkv") : input(3), tensor(3), 4);
      }
      case "add" -> graph.node("Add", OUT, List.of(input(1), input(2)));
      case "selectToken" -> selectToken();
      case "attentionProbabilities" -> probabilities(input(1), tensor(1), 2, OUT);
      case "convolution" -> convolution();
      case "batchNorm" -> batchNorm();
      case "averagePool" -> averagePool();
      case "scaleChannels" -> scaleChannels();
      case "relu" -> graph.node("Relu", OUT, List.of(input(1)));
      case "sigmoid" -> graph.node("Sigmoid", OUT, List.of(input(1)));
      case "channelsLast" ->
          graph.node("Transpose", OUT, List.of(input(1)), new Ints("perm", List.of(0, 2, 3, 1)));
      case "channelsFirst" ->
          graph.node("Transpose", OUT, List.of(input(1)), new Ints("perm", List.of(0, 3, 1, 2)));
      default ->
          throw new IllegalArgumentException(
              "onnxruntime has no twin of the op '" + call.op() + "'");
    }
  }

  private Tensor tensor(int index) {
    return (Tensor) operands.get(index);
  }

  private float[] values(int index) {
    return backend.toArray(tensor(index));
  }

  private String input(int index) {
    String name = "x" + index;
    int[] sizes = tensor(index).shape().sizes();
    inputs.put(name, new Numbers(values(index), Arrays.stream(sizes).asLongStream().toArray()));
    graph.input(name, Arrays.copyOfRange(sizes, 1, sizes.length));
    return name;
  }

  private String constant(int index) {
    return graph.floats("w" + index, tensor(index).shape(), values(index));
  }

  private String linear(String x, int weight, String output) {
    int out = tensor(weight).shape().size(0);
    int in = tensor(weight).shape().size(1);
    String factor = output + ".w";
    graph.floats(factor, Shape.of(in, out), reordered(values(weight), out, in));
    String product = graph.node("MatMul", output + ".product", List.of(x, factor));
    return graph.node("Add", output, List.of(product, constant(weight + 1)));
  }

  private void linear() {
    switch ((LinearEpilogue) call.operands().get(4)) {
      case LinearEpilogue.None none -> linear(input(1), 2, OUT);
      case LinearEpilogue.Gelu gelu -> gelu(linear(input(1), 2, "pre"), OUT);
      case LinearEpilogue.Add add ->
          graph.node("Add", OUT, List.of(input(4), linear(input(1), 2, "branch")));
    }
  }

  private void feedForward() {
    String hidden = gelu(linear(input(2), 3, "pre"), "hidden");
    graph.node("Add", OUT, List.of(input(7), linear(hidden, 5, "branch")));
  }

  /** The exact form, x·½(1 + erf(x/√2)), which ONNX Runtime knows again. */
  private String gelu(String x, String output) {
    graph.floats("half", Shape.of(), 0.5f);
    graph.floats("one", Shape.of(), 1f);
    graph.floats("root", Shape.of(), (float) Math.sqrt(2));
    String erf = graph.node("Erf", "erf", List.of(graph.node("Div", "scaled", List.of(x, "root"))));
    String shifted = graph.node("Add", "shifted", List.of(erf, "one"));
    String twice = graph.node("Mul", "twice", List.of(x, shifted));
    return graph.node("Mul", output, List.of(twice, "half"));
  }

  private void layerNorm() {
    graph.node(
        "LayerNormalization",
        OUT,
        List.of(input(3), constant(4), constant(5)),
        new Int("axis", -1),
        new Real("epsilon", (Float) operands.get(6)));
  }

  /** Of q, k and v by name; {@code sized} has their sizes. */
  private void attention(String qkv, Tensor sized, int headsOperand) {
    String probabilities = probabilities(qkv, sized, headsOperand, "probabilities");
    graph.node("MatMul", "heads", List.of(probabilities, perHead("v", 0, 2, 1, 3)));
    graph.integers("joined", 0, sized.shape().size(1), sized.shape().size(2) / 3);
    graph.node("Reshape", OUT, List.of(transposed("heads", 0, 2, 1, 3), "joined"));
  }

  private String probabilities(String qkv, Tensor sized, int headsOperand, String output) {
    int heads = (Integer) operands.get(headsOperand);
    int width = sized.shape().size(2) / 3;
    graph.integers("thirds", width, width, width);
    graph.integers("perHead", 0, sized.shape().size(1), heads, width / heads);
    graph.floats("scale", Shape.of(), (float) (1 / Math.sqrt((double) width / heads)));
    graph.node("Split", List.of("q", "k", "v"), List.of(qkv, "thirds"), new Int("axis", 2));
    String q = graph.node("Mul", "scaled", List.of(perHead("q", 0, 2, 1, 3), "scale"));
    String scores = graph.node("MatMul", "scores", List.of(q, perHead("k", 0, 2, 3, 1)));
    return graph.node("Softmax", output, List.of(scores), new Int("axis", -1));
  }

  private String perHead(String x, Integer... order) {
    return transposed(graph.node("Reshape", x + ".heads", List.of(x, "perHead")), order);
  }

  private String transposed(String x, Integer... order) {
    return graph.node("Transpose", x + ".transposed", List.of(x), new Ints("perm", List.of(order)));
  }

  private void selectToken() {
    graph.integers("index", (Integer) operands.get(2));
    graph.integers("shape", 0, tensor(1).shape().size(2));
    String row = graph.node("Gather", "row", List.of(input(1), "index"), new Int("axis", 1));
    graph.node("Reshape", OUT, List.of(row, "shape"));
  }

  private void convolution() {
    givesMap = true;
    int stride = (Integer) operands.get(3);
    int padding = (tensor(2).shape().size(2) - 1) / 2;
    graph.node(
        "Conv",
        OUT,
        List.of(map(1), constant(2)),
        new Int("group", (Integer) operands.get(4)),
        new Ints("strides", List.of(stride, stride)),
        new Ints("pads", List.of(padding, padding, padding, padding)));
  }

  private void batchNorm() {
    givesMap = true;
    String normalized =
        graph.node(
            "BatchNormalization",
            "normalized",
            List.of(map(1), constant(5), constant(6), constant(3), constant(4)),
            new Real("epsilon", ((Double) operands.get(7)).floatValue()));
    String sum = graph.node("Add", "sum", List.of(normalized, map(2)));
    graph.node("Relu", OUT, List.of(sum));
  }

  private void averagePool() {
    graph.integers("flat", 0, tensor(0).shape().size(1));
    String pooled = graph.node("GlobalAveragePool", "pooled", List.of(map(1)));
    graph.node("Reshape", OUT, List.of(pooled, "flat"));
  }

  private void scaleChannels() {
    givesMap = true;
    graph.integers("perPixel", 0, tensor(2).shape().size(1), 1, 1);
    String scale = graph.node("Reshape", "scale", List.of(input(2), "perPixel"));
    graph.node("Mul", OUT, List.of(map(1), scale));
  }

  /** An input with its channels first. */
  private String map(int index) {
    String name = "x" + index;
    int[] sizes = tensor(index).shape().sizes();
    float[] first = reordered(values(index), sizes[1] * sizes[2], sizes[3]);
    inputs.put(name, new Numbers(first, new long[] {sizes[0], sizes[3], sizes[1], sizes[2]}));
    graph.input(name, sizes[3], sizes[1], sizes[2]);
    return name;
  }

  /** Returns the result in our layout. */
  float[] ours(float[] result) {
    int[] sizes = tensor(0).shape().sizes();
    return givesMap ? reordered(result, sizes[3], sizes[1] * sizes[2]) : result;
  }

  /** Transposes matrices that lie one behind the other. */
  private static float[] reordered(float[] numbers, int rows, int columns) {
    float[] reordered = new float[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      int matrix = i / (rows * columns);
      int row = i / columns % rows;
      int column = i % columns;
      reordered[(matrix * columns + column) * rows + row] = numbers[i];
    }
    return reordered;
  }
}
