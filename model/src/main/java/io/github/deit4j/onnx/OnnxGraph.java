package io.github.deit4j.onnx;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.github.deit4j.device.Backend;
import io.github.deit4j.protobuf.ProtobufMessage;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.weights.AtomicFiles;
import io.github.deit4j.weights.CannotWriteException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * An ONNX model under construction: nodes in the order in which they compute, weights, inputs and
 * outputs. Values are known by the names of what gives them.
 *
 * <p>Field numbers are those of {@code onnx.proto}.
 */
public final class OnnxGraph {
  /** The first operator set with LayerNormalization. */
  private static final int OPERATOR_SET = 17;

  /** The format's version at the time of that operator set. */
  private static final int IR_VERSION = 8;

  private static final int FLOAT = 1;
  private static final int INT64 = 7;
  private static final ValueLayout.OfFloat FLOAT_LAYOUT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG_LAYOUT =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private final ProtobufMessage graph = new ProtobufMessage();
  private final Backend backend;
  private final Map<String, Tensor> weights;

  /**
   * Starts an empty graph.
   *
   * @param name the model's name
   * @param backend where its weights are
   * @param weights all of them, by timm's names; none is added yet
   */
  public OnnxGraph(String name, Backend backend, Map<String, Tensor> weights) {
    this.backend = backend;
    this.weights = weights;
    graph.text(2, name);
  }

  /** A node's attribute. */
  public sealed interface Attribute {
    /** Returns its name in the operator's specification. */
    String name();

    /** An integer. */
    record Int(String name, long value) implements Attribute {}

    /** Several integers. */
    record Ints(String name, List<Integer> values) implements Attribute {}

    /** A floating-point number. */
    record Real(String name, float value) implements Attribute {}
  }

  private static ProtobufMessage message(Attribute attribute) {
    ProtobufMessage message = new ProtobufMessage().text(1, attribute.name());
    return switch (attribute) {
      case Attribute.Int number -> message.integer(3, number.value()).integer(20, 2);
      case Attribute.Real number -> message.number(2, number.value()).integer(20, 1);
      case Attribute.Ints numbers -> {
        numbers.values().forEach(number -> message.integer(8, number));
        yield message.integer(20, 7);
      }
    };
  }

  /** Adds a node with one output, and returns the output. */
  public String node(String op, String output, List<String> inputs, Attribute... attributes) {
    node(op, List.of(output), inputs, attributes);
    return output;
  }

  /** Adds a node with several outputs. */
  public void node(String op, List<String> outputs, List<String> inputs, Attribute... attributes) {
    ProtobufMessage node = new ProtobufMessage();
    inputs.forEach(input -> node.text(1, input));
    outputs.forEach(output -> node.text(2, output));
    node.text(3, outputs.getFirst()).text(4, op);
    for (Attribute attribute : attributes) {
      node.message(5, message(attribute));
    }
    graph.message(1, node);
  }

  /** Returns whether the model has a tensor of this name. */
  public boolean hasWeight(String name) {
    return weights.containsKey(name);
  }

  /** Adds a weight as it is, and returns its name. */
  public String weight(String name) {
    Tensor stored = weights.get(name);
    return floats(name, stored.shape(), backend.toArray(stored));
  }

  /** Adds a linear layer, whose matrix lies transposed, [in, out], as MatMul wants it. */
  public String linear(String x, String name, String output) {
    String weight = name + ".weight";
    Tensor stored = weights.get(weight);
    int out = stored.shape().size(0);
    int in = stored.shape().size(1);
    floats(weight, Shape.of(in, out), transposed(backend.toArray(stored), out, in));
    String product = node("MatMul", name + ".product", List.of(x, weight));
    return node("Add", output, List.of(product, weight(name + ".bias")));
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

  /** Adds constant floats, and returns their name. */
  public String floats(String name, Shape shape, float... values) {
    var bytes = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, Float.BYTES)]);
    MemorySegment.copy(values, 0, bytes, FLOAT_LAYOUT, 0, values.length);
    return initializer(name, FLOAT, shape, bytes);
  }

  /** Adds a row of constant integers, and returns its name. */
  public String integers(String name, long... values) {
    var bytes = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, Long.BYTES)]);
    MemorySegment.copy(values, 0, bytes, LONG_LAYOUT, 0, values.length);
    return initializer(name, INT64, Shape.of(values.length), bytes);
  }

  private String initializer(String name, int type, Shape shape, MemorySegment bytes) {
    ProtobufMessage tensor = new ProtobufMessage();
    for (int size : shape.sizes()) {
      tensor.integer(1, size);
    }
    graph.message(5, tensor.integer(2, type).text(8, name).bytes(9, bytes));
    return name;
  }

  /** Declares a float input; its first dimension, the batch, is free. */
  public void input(String name, int... sizes) {
    graph.message(11, valueInfo(name, sizes));
  }

  /** Declares a float output; its first dimension, the batch, is free. */
  public void output(String name, int... sizes) {
    graph.message(12, valueInfo(name, sizes));
  }

  private static ProtobufMessage valueInfo(String name, int... sizes) {
    ProtobufMessage shape = new ProtobufMessage();
    shape.message(1, new ProtobufMessage().text(2, "batch"));
    for (int size : sizes) {
      shape.message(1, new ProtobufMessage().integer(1, size));
    }
    ProtobufMessage tensor = new ProtobufMessage().integer(1, FLOAT).message(2, shape);
    return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensor));
  }

  /**
   * Writes the whole model.
   *
   * @throws CannotWriteException if the file cannot be written, or the model is larger than ONNX
   *     files can be
   */
  public void write(Path out, Map<String, String> metadata) throws IOException {
    ProtobufMessage content = model(metadata);
    if (content.size() > Integer.MAX_VALUE) {
      throw new CannotWriteException(
          out, new IOException("ONNX files have at most 2 GiB, this one " + content.size()));
    }
    AtomicFiles.write(out, content::writeTo);
  }

  private ProtobufMessage model(Map<String, String> metadata) {
    ProtobufMessage model =
        new ProtobufMessage()
            .integer(1, IR_VERSION)
            .text(2, "deit4j")
            .message(7, graph)
            .message(8, new ProtobufMessage().text(1, "").integer(2, OPERATOR_SET));
    metadata.forEach(
        (key, value) -> model.message(14, new ProtobufMessage().text(1, key).text(2, value)));
    return model;
  }
}
