package io.github.deit4j.serve;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset.Reduction;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.http.Endpoint;
import io.github.deit4j.http.Exchange;
import io.github.deit4j.http.Reply;
import io.github.deit4j.http.RequestException;
import io.github.deit4j.inference.AttentionMaps;
import io.github.deit4j.inference.BatchingClassifier;
import io.github.deit4j.inference.BatchingClassifier.Explained;
import io.github.deit4j.inference.Classifier.Prediction;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.json.JsonWriter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.imageio.ImageIO;

/**
 * {@code POST /classify}: an image file as the body, its classes as the answer. {@code ?top=K} says
 * how many, {@code ?attention=true} asks for where the model looked.
 */
final class ClassifyEndpoint implements Endpoint {
  /** As much as a client of a form can know; curl says that of any body. */
  private static final List<String> TYPES =
      List.of("image/", "application/octet-stream", "application/x-www-form-urlencoded");

  private static final List<String> TOKENS = List.of("class", "distillation");
  private static final int USUAL_TOP = 5;

  private final String model;
  private final BatchingClassifier batching;
  private final Decoding decoding;
  private final Bodies bodies;
  private final Turns turns;
  private final int classes;

  ClassifyEndpoint(
      String model, BatchingClassifier batching, InputBudget budget, Bodies bodies, Turns turns) {
    this.model = model;
    this.batching = batching;
    this.decoding = batching.classifier().info().preprocessing().decoding().withBudget(budget);
    this.bodies = bodies;
    this.turns = turns;
    this.classes = batching.classifier().info().config().classes();
  }

  @Override
  public Reply answer(Exchange exchange) throws Exception {
    exchange.requireOnly("top", "attention");
    int top = exchange.number("top", Math.min(USUAL_TOP, classes), classes);
    boolean attention = exchange.flag("attention");
    exchange.requireType(
        "image/jpeg, image/png and the like, or application/octet-stream, with the image file as the"
            + " body (curl --data-binary @FILE)",
        TYPES);
    Explained answer =
        attention
            ? ask(exchange, image -> batching.explain(image, top))
            : new Explained(ask(exchange, image -> batching.classify(image, top)), null);
    return reply(answer);
  }

  /** Goes the way of a request with a blank picture, so that the first one need not wait longer. */
  void warmUp() {
    int side = batching.classifier().info().preprocessing().size();
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try {
      ImageIO.write(new BufferedImage(side, side, BufferedImage.TYPE_3BYTE_BGR), "jpeg", file);
      batching.warmUp(decode(file.toByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException("a blank picture of %1$d × %1$d".formatted(side), e);
    }
  }

  /** Puts an image into the queue. */
  private interface Submission<T> {
    CompletableFuture<T> submit(Image image) throws CorruptImageException;
  }

  private <T> T ask(Exchange exchange, Submission<T> submission) throws Exception {
    CompletableFuture<T> result;
    try (Bodies.Body body = bodies.read(exchange.request(), exchange.deadline())) {
      result = turns.take(exchange, () -> submission.submit(decode(body.bytes())));
    }
    return exchange.await(result);
  }

  private Image decode(byte[] file) throws CorruptImageException {
    return ImageDecoder.decode("body", file, decoding, Reduction.NONE);
  }

  private Reply reply(Explained answer) throws RequestException, IOException {
    List<Prediction> predictions = answer.predictions();
    if (predictions.stream().anyMatch(prediction -> Double.isNaN(prediction.probability()))) {
      throw new RequestException(
          Reply.INTERNAL, "the model gives no finite numbers for this image");
    }
    Map<String, Object> document =
        JsonWriter.object(
            "model",
            model,
            "predictions",
            predictions.stream().map(ClassifyEndpoint::toJson).toList());
    if (answer.attention() != null) {
      document.put("attention", toJson(answer.attention()));
    }
    return Reply.json(document);
  }

  private static Map<String, Object> toJson(Prediction prediction) {
    return JsonWriter.object(
        "class", prediction.className(),
        "index", prediction.classIndex(),
        "probability", prediction.probability());
  }

  private static Map<String, Object> toJson(AttentionMaps maps) throws IOException {
    Map<String, Object> rollouts = new LinkedHashMap<>();
    for (int token = 0; token < maps.tokens(); token++) {
      rollouts.put(TOKENS.get(token), JsonWriter.list(maps.rollout(token)));
    }
    return JsonWriter.object(
        "side", maps.side(), "rollout", rollouts, "image", pngAsUri(maps.image()));
  }

  private static String pngAsUri(Image image) throws IOException {
    BufferedImage picture =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    int plane = image.planeSize();
    for (int i = 0; i < plane; i++) {
      int rgb = 0;
      for (int channel = 0; channel < 3; channel++) {
        int of = Math.min(channel, image.channels() - 1);
        rgb = rgb << 8 | Byte.toUnsignedInt(image.pixels()[of * plane + i]);
      }
      picture.setRGB(i % image.width(), i / image.width(), rgb);
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(picture, "png", png);
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(png.toByteArray());
  }
}
