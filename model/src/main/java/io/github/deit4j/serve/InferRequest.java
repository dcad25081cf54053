package io.github.deit4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.http.Exchange;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The body of an inference request of the Open Inference Protocol: a JSON document, and with the
 * binary tensor extension the input's numbers after it, little-endian.
 *
 * @param id what the client calls the request; may be null
 * @param images each [channels, size, size], normalised
 * @param outputs what is wanted
 */
record InferRequest(String id, List<float[]> images, List<Output> outputs) {
  private static final String SOURCE = "body";
  private static final String PARAMETERS = "parameters";

  /** A wanted output, and whether its numbers are to be binary. */
  record Output(String name, boolean binary) {}

  /**
   * Reads a body.
   *
   * @param jsonLength bytes of the document, which are all where nothing binary follows
   * @param mostImages how many images are taken at once
   * @throws JsonException if the document is not as the protocol and the model want it
   */
  static InferRequest read(byte[] body, int jsonLength, TensorProtocol model, int mostImages)
      throws JsonException {
    JsonValue document = Json.read(SOURCE, new String(body, 0, jsonLength, UTF_8));
    ByteBuffer rest =
        ByteBuffer.wrap(body, jsonLength, body.length - jsonLength)
            .slice()
            .order(ByteOrder.LITTLE_ENDIAN);
    String id = document.has("id") ? document.get("id").asString() : null;
    List<float[]> images = images(document, rest, model, mostImages);
    return new InferRequest(id, images, outputs(document, model));
  }

  private static List<float[]> images(
      JsonValue document, ByteBuffer rest, TensorProtocol model, int mostImages)
      throws JsonException {
    List<JsonValue> inputs = document.get("inputs").items();
    if (inputs.size() != 1) {
      throw document
          .get("inputs")
          .error("expected one, \"" + TensorProtocol.INPUT + "\", found " + inputs.size());
    }
    JsonValue input = inputs.getFirst();
    require(input.get("name"), TensorProtocol.INPUT);
    require(input.get("datatype"), TensorProtocol.TYPE);
    int images = count(input.get("shape"), model, mostImages);
    float[] numbers = new float[images * model.imageElements()];
    if (input.has(PARAMETERS) && input.get(PARAMETERS).has("binary_data_size")) {
      readBinary(input, rest, numbers);
    } else {
      readJson(input.get("data"), rest, numbers);
    }
    return cut(numbers, model.imageElements());
  }

  private static void require(JsonValue value, String expected) throws JsonException {
    if (!value.asString().equals(expected)) {
      throw value.error(
          "expected \"%s\", found \"%s\"".formatted(expected, Exchange.excerpt(value.asString())));
    }
  }

  private static int count(JsonValue shape, TensorProtocol model, int most) throws JsonException {
    int[] found = shape.asInts();
    int[] image = model.imageShape();
    boolean fits = found.length == 1 + image.length && found[0] >= 1 && found[0] <= most;
    for (int i = 0; fits && i < image.length; i++) {
      fits = found[1 + i] == image[i];
    }
    if (!fits) {
      throw shape.error(
          "expected [n, %d, %d, %d] with n from 1 to %d, found %s"
              .formatted(image[0], image[1], image[2], most, shape.value()));
    }
    return found[0];
  }

  private static void readBinary(JsonValue input, ByteBuffer rest, float[] numbers)
      throws JsonException {
    long bytes = (long) numbers.length * Float.BYTES;
    JsonValue size = input.get(PARAMETERS).get("binary_data_size");
    if (size.asLong() != bytes || rest.remaining() != bytes || input.has("data")) {
      throw size.error(
          "expected the %d bytes of this shape and no \"data\", found %d, and %d after the document"
              .formatted(bytes, size.asLong(), rest.remaining()));
    }
    rest.asFloatBuffer().get(numbers);
    for (float number : numbers) {
      if (!Float.isFinite(number)) {
        throw input.error("expected finite numbers, found " + number);
      }
    }
  }

  private static void readJson(JsonValue data, ByteBuffer rest, float[] numbers)
      throws JsonException {
    if (rest.hasRemaining()) {
      throw data.error(
          "expected nothing after the document, found %d bytes".formatted(rest.remaining()));
    }
    int found = flatten(data, numbers, 0);
    if (found != numbers.length) {
      throw data.error(
          "expected the %d numbers of this shape, found %d".formatted(numbers.length, found));
    }
  }

  /** Reads numbers in lists as deep as somebody likes, row-major. */
  private static int flatten(JsonValue data, float[] numbers, int from) throws JsonException {
    if (!(data.value() instanceof List<?> list)) {
      throw data.error("expected an array of numbers");
    }
    int next = from;
    for (Object item : list) {
      if (item instanceof Number number && next < numbers.length) {
        numbers[next] = number.floatValue();
        if (!Float.isFinite(numbers[next])) {
          throw data.error("expected float32 numbers, found " + number);
        }
        next++;
      } else if (item instanceof Number) {
        throw data.error("expected the %d numbers of this shape, found more".formatted(next));
      } else {
        next = flatten(new JsonValue(data.source(), data.path(), item), numbers, next);
      }
    }
    return next;
  }

  private static List<float[]> cut(float[] numbers, int elements) {
    List<float[]> images = new ArrayList<>();
    for (int from = 0; from < numbers.length; from += elements) {
      float[] image = new float[elements];
      System.arraycopy(numbers, from, image, 0, elements);
      images.add(image);
    }
    return images;
  }

  private static List<Output> outputs(JsonValue document, TensorProtocol model)
      throws JsonException {
    boolean binary = flag(document, "binary_data_output", false);
    List<Output> outputs = new ArrayList<>();
    if (!document.has("outputs")) {
      model.outputs().forEach(name -> outputs.add(new Output(name, binary)));
      return outputs;
    }
    for (JsonValue output : document.get("outputs").items()) {
      String name = output.get("name").asString();
      if (!model.outputs().contains(name) || outputs.size() == model.outputs().size()) {
        throw output.error(
            "expected one of %s, each once, found \"%s\""
                .formatted(model.outputs(), Exchange.excerpt(name)));
      }
      outputs.add(new Output(name, flag(output, "binary_data", binary)));
    }
    return outputs;
  }

  private static boolean flag(JsonValue object, String key, boolean standard) throws JsonException {
    if (!object.has(PARAMETERS) || !object.get(PARAMETERS).has(key)) {
      return standard;
    }
    return object.get(PARAMETERS).get(key).asBoolean();
  }
}
