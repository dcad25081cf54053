package io.github.deit4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.device.Backends;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.inference.Classifier.Prediction;
import io.github.deit4j.inference.LogitRows;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.testing.HttpTalk;
import io.github.deit4j.testing.Models;
import io.github.deit4j.testing.ServedModel;
import java.io.ByteArrayInputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ClassifierServerTest {
  private static final int SIZE = 12;
  private static final int ELEMENTS = 3 * SIZE * SIZE;
  private static final String INFER = "/v2/models/tiny/infer";

  @TempDir Path folder;
  private ServedModel model;
  private ClassifierServer server;
  private HttpTalk talk;

  @BeforeEach
  void start() throws Exception {
    model = ServedModel.distilled(folder);
    server = ClassifierServer.builder(model.classifier()).name("tiny").queue(70).start();
    talk = new HttpTalk(server.port());
  }

  @AfterEach
  void stop() {
    talk.close();
    server.close();
    model.close();
  }

  @Test
  void classifiesAnImage() throws Exception {
    byte[] png = ServedModel.png(30, 20, 1);
    HttpResponse<byte[]> response = talk.post("/classify?top=2", png, "Content-Type", "image/png");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    JsonValue answer = HttpTalk.json(response);
    assertThat(answer.get("model").asString()).isEqualTo("tiny");
    assertThat(answer.has("attention")).isFalse();
    assertThat(predictions(answer)).isEqualTo(alone(png, 2));
  }

  private static List<Prediction> predictions(JsonValue answer) throws Exception {
    List<Prediction> predictions = new ArrayList<>();
    for (JsonValue each : answer.get("predictions").items()) {
      predictions.add(
          new Prediction(
              each.get("index").asInt(),
              each.get("class").asString(),
              each.get("probability").asDouble()));
    }
    return predictions;
  }

  private List<Prediction> alone(byte[] file, int top) throws Exception {
    try (Classifier.Session session = model.classifier().openSession()) {
      return session.classify(ImageDecoder.decode("image", file), top);
    }
  }

  /** As predict would say them, whatever the batch that a request lands in. */
  @Test
  void manyClientsGetOneValuePerImage() throws Exception {
    List<byte[]> files = new ArrayList<>();
    List<List<Prediction>> expected = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      files.add(ServedModel.png(15 + i, 40 - i, i));
      expected.add(alone(files.get(i), 5));
    }
    List<Callable<Void>> clients = new ArrayList<>();
    for (int c = 0; c < 64; c++) {
      int first = c;
      clients.add(
          () -> {
            for (int call = 0; call < 10; call++) {
              int i = (first + 3 * call) % files.size();
              HttpResponse<byte[]> response = talk.post("/classify", files.get(i));
              assertThat(response.statusCode()).isEqualTo(200);
              assertThat(predictions(HttpTalk.json(response))).isEqualTo(expected.get(i));
            }
            return null;
          });
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Void> client : threads.invokeAll(clients)) {
        client.get();
      }
    }
    String metrics = HttpTalk.text(talk.get("/metrics"));
    assertThat(metrics)
        .contains("deit4j_requests_total{path=\"/classify\",code=\"200\"} 640\n")
        .contains("deit4j_request_seconds_count{path=\"/classify\"} 640\n")
        .contains("deit4j_batch_images_sum 640\n")
        .contains("deit4j_waiting_images 0\n")
        .contains("deit4j_body_bytes 0\n");
  }

  @Test
  void showsWhereTheModelLooked() throws Exception {
    JsonValue answer =
        HttpTalk.json(talk.post("/classify?attention=true", ServedModel.png(30, 20, 1)));
    JsonValue attention = answer.get("attention");
    assertThat(attention.get("side").asInt()).isEqualTo(3);
    assertThat(attention.get("rollout").keys()).containsExactly("class", "distillation");
    assertThat(attention.get("rollout").get("class").asDoubles()).hasSize(9);
    String uri = attention.get("image").asString();
    String start = "data:image/png;base64,";
    assertThat(uri).startsWith(start);
    var seen =
        ImageIO.read(
            new ByteArrayInputStream(Base64.getDecoder().decode(uri.substring(start.length()))));
    assertThat(seen.getWidth()).isEqualTo(SIZE);
    Image ready =
        model
            .classifier()
            .info()
            .preprocessing()
            .prepare(ImageDecoder.decode("image", ServedModel.png(30, 20, 1)));
    assertThat((byte) (seen.getRGB(5, 7) >> 16)).isEqualTo(ready.pixels()[7 * SIZE + 5]);
    assertThat((byte) seen.getRGB(5, 7)).isEqualTo(ready.pixels()[(2 * SIZE + 7) * SIZE + 5]);
  }

  @Test
  void aModelWithoutAttentionHasNoMap() throws Exception {
    try (ServedModel regNet = ServedModel.regNet(folder);
        ClassifierServer other = ClassifierServer.builder(regNet.classifier()).start();
        HttpTalk toOther = new HttpTalk(other.port())) {
      JsonValue answer =
          HttpTalk.json(toOther.post("/classify?attention=true", ServedModel.png(30, 20, 1)));
      assertThat(answer.get("predictions").items()).isNotEmpty();
      assertThat(answer.has("attention")).isFalse();
    }
  }

  @Test
  void speaksTheOpenInferenceProtocol() throws Exception {
    assertThat(HttpTalk.text(talk.get("/v2/health/live"))).isEqualTo("{\"live\":true}");
    assertThat(HttpTalk.text(talk.get("/v2/health/ready"))).isEqualTo("{\"ready\":true}");
    assertThat(HttpTalk.text(talk.get("/v2/models/tiny/ready")))
        .isEqualTo("{\"name\":\"tiny\",\"ready\":true}");
    JsonValue about = HttpTalk.json(talk.get("/v2"));
    assertThat(about.get("name").asString()).isEqualTo("deit4j");
    assertThat(about.get("version").asString()).isNotEmpty();
    assertThat(about.get("extensions").asStrings()).containsExactly("binary_tensor_data");
    JsonValue metadata = HttpTalk.json(talk.get("/v2/models/tiny"));
    JsonValue input = metadata.get("inputs").items().getFirst();
    assertThat(input.get("name").asString()).isEqualTo("images");
    assertThat(input.get("datatype").asString()).isEqualTo("FP32");
    assertThat(input.get("shape").asInts()).containsExactly(-1, 3, SIZE, SIZE);
    assertThat(metadata.get("outputs").items()).hasSize(3);
    assertThat(metadata.get("parameters").get("classes").asStrings()).hasSize(5);
  }

  @Test
  void infersFromJson() throws Exception {
    float[] images = numbers(2);
    List<Object> nested = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      nested.add(JsonWriter.list(Arrays.copyOfRange(images, i * ELEMENTS, (i + 1) * ELEMENTS)));
    }
    Object request =
        JsonWriter.object(
            "id",
            "mine",
            "inputs",
            List.of(
                JsonWriter.object(
                    "name",
                    "images",
                    "datatype",
                    "FP32",
                    "shape",
                    List.of(2, 3, SIZE, SIZE),
                    "data",
                    nested)));
    HttpResponse<byte[]> response =
        talk.post(
            INFER, JsonWriter.compact(request).getBytes(UTF_8), "Content-Type", "application/json");
    assertThat(response.statusCode()).as(HttpTalk.text(response)).isEqualTo(200);
    JsonValue answer = HttpTalk.json(response);
    assertThat(answer.get("model_name").asString()).isEqualTo("tiny");
    assertThat(answer.get("id").asString()).isEqualTo("mine");
    assertThat(answer.get("outputs").items()).hasSize(3);
    LogitRows expected = logits(images, 2);
    JsonValue classLogits = answer.get("outputs").items().get(1);
    assertThat(classLogits.get("name").asString()).isEqualTo("class_logits");
    assertThat(classLogits.get("shape").asInts()).containsExactly(2, 5);
    assertThat(classLogits.get("data").asFloats()).isEqualTo(boxed(expected.classRows()));
    assertThat(answer.get("outputs").items().getFirst().get("data").asFloats())
        .isEqualTo(boxed(mean(expected)));
  }

  private static float[] mean(LogitRows rows) {
    float[] mean = rows.classRows().clone();
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (mean[i] + rows.distillationRows()[i]) / 2;
    }
    return mean;
  }

  private static List<Float> boxed(float... numbers) {
    List<Float> boxed = new ArrayList<>();
    for (float number : numbers) {
      boxed.add(number);
    }
    return boxed;
  }

  private static float[] numbers(int images) {
    SplittableRandom random = new SplittableRandom(3);
    float[] numbers = new float[images * ELEMENTS];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextDouble(-2, 2);
    }
    return numbers;
  }

  private LogitRows logits(float[] images, int count) throws Exception {
    try (var backend = Backends.select("cpu", 1).backend();
        var loaded = SavedModel.load(ModelSource.of(model.file()), backend)) {
      assertThat(images).hasSize(count * ELEMENTS);
      return Models.logits(backend, loaded.model(), images);
    }
  }

  @Test
  void infersFromBytes() throws Exception {
    float[] images = numbers(3);
    byte[] json =
        JsonWriter.compact(
                JsonWriter.object(
                    "inputs",
                    List.of(
                        JsonWriter.object(
                            "name",
                            "images",
                            "datatype",
                            "FP32",
                            "shape",
                            List.of(3, 3, SIZE, SIZE),
                            "parameters",
                            JsonWriter.object("binary_data_size", images.length * 4))),
                    "outputs",
                    List.of(
                        JsonWriter.object(
                            "name",
                            "distillation_logits",
                            "parameters",
                            JsonWriter.object("binary_data", true)))))
            .getBytes(UTF_8);
    ByteBuffer body =
        ByteBuffer.allocate(json.length + images.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    body.put(json);
    body.asFloatBuffer().put(images);
    HttpResponse<byte[]> response =
        talk.post(
            INFER,
            body.array(),
            "Content-Type",
            "application/octet-stream",
            "Inference-Header-Content-Length",
            Integer.toString(json.length));
    assertThat(response.statusCode()).as(HttpTalk.text(response)).isEqualTo(200);
    int header =
        Math.toIntExact(
            response.headers().firstValueAsLong("Inference-Header-Content-Length").orElseThrow());
    JsonValue answer = Json.read("answer", new String(response.body(), 0, header, UTF_8));
    JsonValue output = answer.get("outputs").items().getFirst();
    assertThat(output.get("parameters").get("binary_data_size").asInt()).isEqualTo(3 * 5 * 4);
    float[] found = new float[15];
    ByteBuffer.wrap(response.body(), header, 60)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(found);
    assertThat(response.body()).hasSize(header + 60);
    assertThat(found).isEqualTo(logits(images, 3).distillationRows());
  }

  @Test
  void hasAPageThatAsksNobodyElse() throws Exception {
    HttpResponse<byte[]> page = talk.get("/");
    assertThat(page.headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'")
        .contains("frame-ancestors 'none'");
    assertThat(HttpTalk.text(page)).contains("What does tiny see?").doesNotContain("{{");
    for (String file : List.of("/serve.css", "/serve.js")) {
      HttpResponse<byte[]> response = talk.get(file);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(HttpTalk.text(response)).doesNotContain("http:").doesNotContain("https:");
      assertThat(HttpTalk.text(page)).contains("=\"" + file.substring(1) + "\"");
    }
  }

  @Test
  void aTakenPortIsAnErrorThatNamesIt() {
    assertThatThrownBy(
            () -> ClassifierServer.builder(model.classifier()).port(server.port()).start())
        .isInstanceOf(ServeException.class)
        .hasMessageContaining("port " + server.port() + " of 127.0.0.1: expected a free port")
        .hasMessageContaining("in use");
    assertThatThrownBy(() -> ClassifierServer.builder(model.classifier()).host("192.0.2.1").start())
        .isInstanceOf(ServeException.class)
        .hasMessageContaining("192.0.2.1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ClassifierServer.builder(model.classifier()).name("a/b"))
        .withMessageContaining("found a/b");
  }
}
