package io.github.deit4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.http.Endpoint;
import io.github.deit4j.http.Exchange;
import io.github.deit4j.http.Reply;
import io.github.deit4j.http.RequestException;
import io.github.deit4j.inference.BatchingClassifier;
import io.github.deit4j.inference.LogitRows;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.serve.InferRequest.Output;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Inference of the Open Inference Protocol: normalised images to logits, as JSON or with the binary
 * tensor extension.
 */
final class InferEndpoint implements Endpoint {
  private static final String JSON_LENGTH = "Inference-Header-Content-Length";
  private static final List<String> TYPES = List.of("application/json", "application/octet-stream");

  private final TensorProtocol model;
  private final BatchingClassifier batching;
  private final Bodies bodies;
  private final Turns turns;
  private final int mostImages;

  /**
   * Creates it.
   *
   * @param mostImages of one request
   */
  InferEndpoint(
      TensorProtocol model,
      BatchingClassifier batching,
      Bodies bodies,
      Turns turns,
      int mostImages) {
    this.model = model;
    this.batching = batching;
    this.bodies = bodies;
    this.turns = turns;
    this.mostImages = mostImages;
  }

  /** A request whose images are in the queue. */
  private record Submitted(InferRequest request, List<CompletableFuture<LogitRows>> results) {}

  @Override
  public Reply answer(Exchange exchange) throws Exception {
    exchange.requireType("application/json, or application/octet-stream", TYPES);
    Submitted submitted;
    try (Bodies.Body body = bodies.read(exchange.request(), exchange.deadline())) {
      submitted = turns.take(exchange, () -> submit(exchange, body.bytes()));
    }
    List<LogitRows> rows = new ArrayList<>();
    try {
      for (CompletableFuture<LogitRows> result : submitted.results()) {
        rows.add(exchange.await(result));
      }
    } finally {
      submitted.results().forEach(result -> result.cancel(false));
    }
    return reply(submitted.request(), rows);
  }

  private Submitted submit(Exchange exchange, byte[] body) throws Exception {
    InferRequest request =
        InferRequest.read(body, jsonLength(exchange, body.length), model, mostImages);
    return new Submitted(request, batching.logits(request.images()));
  }

  private static int jsonLength(Exchange exchange, int all) throws RequestException {
    String header = exchange.request().getHeaders().get(JSON_LENGTH);
    if (header == null) {
      return all;
    }
    try {
      int length = Integer.parseInt(header);
      if (length >= 0 && length <= all) {
        return length;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new RequestException(
        Reply.BAD_REQUEST,
        "%s: expected a number from 0 to the body's %d bytes, found %s"
            .formatted(JSON_LENGTH, all, Exchange.excerpt(header)));
  }

  private Reply reply(InferRequest request, List<LogitRows> rows) throws RequestException {
    List<Object> outputs = new ArrayList<>();
    ByteArrayOutputStream binary = new ByteArrayOutputStream();
    for (Output output : request.outputs()) {
      float[] numbers = model.output(output.name(), rows);
      requireFinite(numbers);
      Map<String, Object> tensor =
          JsonWriter.object(
              "name",
              output.name(),
              "datatype",
              TensorProtocol.TYPE,
              "shape",
              List.of(rows.size(), model.classes()));
      if (output.binary()) {
        byte[] bytes = littleEndian(numbers);
        tensor.put("parameters", JsonWriter.object("binary_data_size", bytes.length));
        binary.writeBytes(bytes);
      } else {
        tensor.put("data", JsonWriter.list(numbers));
      }
      outputs.add(tensor);
    }
    Map<String, Object> document = model.answer(request.id());
    document.put("outputs", outputs);
    return binary.size() == 0 ? Reply.json(document) : withBinary(document, binary);
  }

  private static void requireFinite(float[] numbers) throws RequestException {
    for (float number : numbers) {
      if (!Float.isFinite(number)) {
        throw new RequestException(
            Reply.INTERNAL, "the model gives no finite numbers for these images");
      }
    }
  }

  private static byte[] littleEndian(float[] numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(numbers);
    return bytes.array();
  }

  private static Reply withBinary(Map<String, Object> document, ByteArrayOutputStream binary) {
    byte[] json = JsonWriter.compact(document).getBytes(UTF_8);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(json);
    all.writeBytes(binary.toByteArray());
    return Reply.of("application/octet-stream", all.toByteArray())
        .with(JSON_LENGTH, Integer.toString(json.length));
  }
}
