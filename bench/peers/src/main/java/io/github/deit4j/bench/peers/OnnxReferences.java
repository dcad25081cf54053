package io.github.deit4j.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import io.github.deit4j.bench.cases.OpCase;
import io.github.deit4j.bench.cases.Reference;
import io.github.deit4j.bench.cases.ReferenceLibrary;
import io.github.deit4j.bench.cases.Workload;
import io.github.deit4j.device.Backend;
import io.github.deit4j.onnx.OnnxGraph;
import io.github.deit4j.onnx.OnnxGraph.Attribute;
import io.github.deit4j.onnx.OnnxGraph.Attribute.Int;
import io.github.deit4j.onnx.OnnxGraph.Attribute.Ints;
import io.github.deit4j.onnx.OnnxGraph.Attribute.Real;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * References in ONNX Runtime: those of a forward pass, each a model of its own. Weights are
 * constants, which it lays out as it likes, as it does in a whole model.
 */
public final class OnnxReferences implements ReferenceLibrary {
  /** For the service loader. */
  public OnnxReferences() {}

  @Override
  public String name() {
    return "onnxruntime";
  }

  @Override
  public Workload open(OpCase op, Backend backend, int threads) throws IOException, OrtException {
    Graph graph = new Graph(backend);
    String y = graph.value(op.reference());
    int[] sizes = op.result().shape().sizes();
    graph.onnx.output(y, Arrays.copyOfRange(sizes, 1, sizes.length));
    Path file = Files.createTempFile("deit4j-op", ".onnx");
    try (SessionOptions options = new SessionOptions()) {
      graph.onnx.write(file, Map.of());
      options.setOptimizationLevel(OptLevel.ALL_OPT);
      options.setIntraOpNumThreads(threads);
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      return new Session(environment.createSession(file.toString(), options), graph.inputs);
    } finally {
      Files.delete(file);
    }
  }

  private record Session(OrtSession session, Map<String, OnnxTensor> inputs) implements Workload {
    @Override
    public void run() {
      try {
        session.run(inputs).close();
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public float[] check() {
      try (OrtSession.Result result = session.run(inputs)) {
        FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
        float[] numbers = new float[buffer.remaining()];
        buffer.get(numbers);
        return numbers;
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {
      inputs.values().forEach(OnnxTensor::close);
      try {
        session.close();
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static float[] transposed(float[] numbers, int rows, int columns) {
    float[] transposed = new float[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      transposed[i % columns * rows + i / columns] = numbers[i];
    }
    return transposed;
  }

  /** A reference as an ONNX model. */
  private static final class Graph {
    private final Backend backend;
    private final OnnxGraph onnx = new OnnxGraph("reference");
    private final Map<String, OnnxTensor> inputs = new HashMap<>();
    private int names;

    Graph(Backend backend) {
      this.backend = backend;
    }

    private String name() {
      names++;
      return "v" + names;
    }

    private String node(String op, List<String> operands, Attribute... attributes) {
      return onnx.node(op, name(), operands, attributes);
    }

    private float[] numbers(Reference r, int index) {
      return backend.toArray((Tensor) r.at(index));
    }

    private static int[] sizes(Reference r, int index) {
      return ((Tensor) r.at(index)).shape().sizes();
    }

    private String constant(Reference r, int index) {
      return onnx.floats(name(), ((Tensor) r.at(index)).shape(), numbers(r, index));
    }

    private String number(double value) {
      return onnx.floats(name(), Shape.of(), (float) value);
    }

    private String integers(long... values) {
      return onnx.integers(name(), values);
    }

    private String operand(Reference r, int index) throws OrtException {
      return r.at(index) instanceof Reference inner
          ? value(inner)
          : input(numbers(r, index), sizes(r, index));
    }

    private String input(float[] numbers, int... sizes) throws OrtException {
      String name = name();
      long[] shape = Arrays.stream(sizes).asLongStream().toArray();
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      inputs.put(name, OnnxTensor.createTensor(environment, FloatBuffer.wrap(numbers), shape));
      onnx.input(name, Arrays.copyOfRange(sizes, 1, sizes.length));
      return name;
    }

    String value(Reference r) throws OrtException {
      return switch (r.function()) {
        case "linear" -> linear(r);
        case "add" -> node("Add", List.of(operand(r, 0), operand(r, 1)));
        case "gelu" -> gelu(operand(r, 0));
        case "layer_norm" ->
            node(
                "LayerNormalization",
                List.of(operand(r, 0), constant(r, 1), constant(r, 2)),
                new Int("axis", -1),
                new Real("epsilon", (float) r.number(3)));
        case "attention" -> attention(r);
        default ->
            throw new IllegalArgumentException("onnxruntime has no function " + r.function());
      };
    }

    private String linear(Reference r) throws OrtException {
      int[] sizes = sizes(r, 1);
      float[] factor = transposed(numbers(r, 1), sizes[0], sizes[1]);
      String w = onnx.floats(name(), Shape.of(sizes[1], sizes[0]), factor);
      return node("Add", List.of(node("MatMul", List.of(operand(r, 0), w)), constant(r, 2)));
    }

    /** The exact form, x·½(1 + erf(x/√2)), which ONNX Runtime knows again. */
    private String gelu(String x) {
      String erf = node("Erf", List.of(node("Div", List.of(x, number(Math.sqrt(2))))));
      String shifted = node("Add", List.of(erf, number(1)));
      return node("Mul", List.of(node("Mul", List.of(x, shifted)), number(0.5)));
    }

    private String permuted(String x, Integer... order) {
      return node("Transpose", List.of(x), new Ints("perm", List.of(order)));
    }

    private String attention(Reference r) throws OrtException {
      Tensor sized = (Tensor) (r.at(0) instanceof Reference linear ? linear.at(0) : r.at(0));
      int tokens = sized.shape().size(1);
      int width = sized.shape().size(2) / (r.at(0) instanceof Reference ? 1 : 3);
      int heads = (int) r.number(1);
      List<String> parts = List.of(name(), name(), name());
      onnx.node(
          "Split",
          parts,
          List.of(operand(r, 0), integers(width, width, width)),
          new Int("axis", 2));
      String perHead = integers(0, tokens, heads, width / heads);
      List<String> split =
          parts.stream().map(part -> node("Reshape", List.of(part, perHead))).toList();
      String scale = number(1 / Math.sqrt((double) width / heads));
      String q = node("Mul", List.of(permuted(split.get(0), 0, 2, 1, 3), scale));
      String scores = node("MatMul", List.of(q, permuted(split.get(1), 0, 2, 3, 1)));
      String probabilities = node("Softmax", List.of(scores), new Int("axis", -1));
      String y = node("MatMul", List.of(probabilities, permuted(split.get(2), 0, 2, 1, 3)));
      return node("Reshape", List.of(permuted(y, 0, 2, 1, 3), integers(0, tokens, width)));
    }
  }
}
