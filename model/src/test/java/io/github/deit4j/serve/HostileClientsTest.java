package io.github.deit4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.inference.Classifier.Prediction;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.testing.HttpTalk;
import io.github.deit4j.testing.ServedModel;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What bad input gets: 4xx with a JSON error, in time, and nobody else feels it. */
@Timeout(120)
class HostileClientsTest {
  private static final String INFER = "/v2/models/model/infer";
  private static final Duration TIME = Duration.ofSeconds(3);
  private static final Duration IDLE = Duration.ofSeconds(1);
  private static final long MOST_BYTES = 200_000;

  @TempDir Path folder;
  private ServedModel model;
  private ClassifierServer server;
  private HttpTalk talk;
  private byte[] png;
  private List<Prediction> expected;

  @BeforeEach
  void start() throws Exception {
    model = ServedModel.distilled(folder);
    server =
        ClassifierServer.builder(model.classifier())
            .timeout(TIME)
            .idleTimeout(IDLE)
            .queue(32)
            .budget(
                InputBudget.SERVED
                    .with(Limit.REQUEST_BYTES, MOST_BYTES)
                    .with(Limit.IMAGE_PIXELS, 1_000_000))
            .start();
    talk = new HttpTalk(server.port());
    png = ServedModel.png(30, 20, 1);
    try (Classifier.Session session = model.classifier().openSession()) {
      expected = session.classify(ImageDecoder.decode("image", png), 5);
    }
  }

  /** Nothing of what a test did may be left. */
  @AfterEach
  void stop() throws Exception {
    requireGoodAnswer();
    String metrics = HttpTalk.text(talk.get("/metrics"));
    assertThat(metrics).contains("deit4j_body_bytes 0\n", "deit4j_waiting_images 0\n");
    assertThat(metrics).contains("deit4j_decoding_requests 0\n").doesNotContain("code=\"500\"");
    talk.close();
    server.close();
    model.close();
  }

  private void requireGoodAnswer() throws Exception {
    HttpResponse<byte[]> response = talk.post("/classify", png);
    assertThat(response.statusCode()).as(HttpTalk.text(response)).isEqualTo(200);
    requireExpected(HttpTalk.json(response));
  }

  private void requireExpected(JsonValue answer) throws Exception {
    List<JsonValue> found = answer.get("predictions").items();
    assertThat(found).hasSize(expected.size());
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i).get("index").asInt()).isEqualTo(expected.get(i).classIndex());
      assertThat(found.get(i).get("probability").asDouble())
          .isEqualTo(expected.get(i).probability());
    }
  }

  private static void requireError(HttpResponse<byte[]> response, int status, String... parts)
      throws Exception {
    assertThat(response.statusCode()).as(HttpTalk.text(response)).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(HttpTalk.error(response)).contains(parts).doesNotContain("Exception", "\tat ");
  }

  @Test
  void aBodyThatIsNoImage() throws Exception {
    requireError(talk.post("/classify", new byte[0]), 400, "body: is no image of the formats");
    requireError(talk.post("/classify", "hello".getBytes(UTF_8)), 400, "is no image");
    byte[] half = Arrays.copyOf(png, png.length / 2);
    requireError(talk.post("/classify", half), 400, "body: damaged");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "application/json", "multipart/form-data; boundary=x", "?"})
  void aWrongContentType(String type) throws Exception {
    requireError(
        talk.post("/classify", png, "Content-Type", type), 415, "Content-Type: expected", type);
    requireError(talk.post(INFER, png, "Content-Type", "image/png"), 415, "Content-Type: expected");
  }

  @Test
  void aCompressedBody() throws Exception {
    requireError(
        talk.post("/classify", png, "Content-Encoding", "gzip"), 415, "Content-Encoding", "gzip");
  }

  @ParameterizedTest
  @CsvSource({
    "/classify?top=0,400,top: expected a number from 1 to 5",
    "/classify?top=x,400,found x",
    "/classify?top=99999999999,400,found 99999999999",
    "/classify?attention=maybe,400,attention: expected true or false",
    "/classify?tpo=3,400,found tpo",
    "/classify?top=%zz,400,",
    "/nothing,404,expected one of the paths",
    "/v2/models/other/infer,404,expected one of the paths",
    "/../../etc/passwd,400,",
    "/v2,405,expected GET"
  })
  void aWrongRequest(String path, int status, String part) throws Exception {
    String answer =
        talk.raw(
            "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"
                .formatted(path));
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ").contains("application/json");
    assertThat(answer).contains("{\"error\":\"").contains(part == null ? "" : part);
  }

  @Test
  void aWrongMethod() throws Exception {
    HttpResponse<byte[]> response = talk.get("/classify");
    requireError(response, 405, "expected POST, found GET");
    assertThat(response.headers().firstValue("Allow")).contains("POST");
    assertThat(talk.send("DELETE", "/", new byte[0]).statusCode()).isEqualTo(405);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /classify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003"
      })
  void whatIsNoHttp(String bytes) throws Exception {
    String answer = talk.raw(bytes);
    assertThat(answer).matches("(?s)HTTP/1\\.[01] (400|505) .*").contains("{\"error\":\"");
    assertThat(answer).doesNotContain("Exception");
  }

  @Test
  void aHugeHeader() throws Exception {
    String answer = talk.raw("GET / HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(100_000) + "\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 431 ").contains("{\"error\":\"");
  }

  @Test
  void aBodyThatIsTooLarge() throws Exception {
    String announced =
        talk.raw("POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\nabc");
    assertThat(announced)
        .startsWith("HTTP/1.1 413 ")
        .contains("body: expected at most 200000 bytes of a request's body, found 9999999999");
    // In pieces that announce nothing; the server may hang up before it has all.
    try (Socket socket = talk.connect()) {
      HttpTalk.write(
          socket, "POST /classify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
      String piece = "2710\r\n" + "a".repeat(10_000) + "\r\n";
      for (int i = 0; i < 21; i++) {
        HttpTalk.write(socket, piece);
      }
      assertThat(HttpTalk.readAll(socket)).startsWith("HTTP/1.1 413 ");
    }
  }

  /** Small files that become large pictures. */
  @Test
  void anImageOfManyPixels() throws Exception {
    byte[] bomb = blank(2000, 2000);
    assertThat(bomb.length).isLessThan((int) MOST_BYTES);
    requireError(
        talk.post("/classify", bomb), 400, "expected at most 1000000 pixels, found 4000000");
    byte[] thin = blank(100_000, 1);
    requireError(talk.post("/classify", thin), 400, "rows or columns");
  }

  private static byte[] blank(int width, int height) throws IOException {
    var image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_BINARY);
    var out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{|not valid JSON",
        "[]|expected an object",
        "{}|expected the key \"inputs\"",
        "{\"inputs\":[]}|inputs: expected one, \"images\", found 0",
        "{\"inputs\":[{\"name\":\"x\"}]}|inputs[0].name: expected \"images\", found \"x\"",
        "{\"inputs\":[{\"name\":\"images\",\"datatype\":\"INT8\"}]}|expected \"FP32\"",
        "{\"inputs\":[{\"name\":\"images\",\"datatype\":\"FP32\",\"shape\":[1,3,9,9]}]}"
            + "|expected [n, 3, 12, 12] with n from 1 to 32, found [1, 3, 9, 9]",
        "{\"inputs\":[{\"name\":\"images\",\"datatype\":\"FP32\",\"shape\":[99,3,12,12]}]}"
            + "|with n from 1 to 32",
        "{\"inputs\":[{\"name\":\"images\",\"datatype\":\"FP32\",\"shape\":[1,3,12,12],"
            + "\"data\":[1,2]}]}|data: expected the 432 numbers of this shape, found 2",
        "{\"inputs\":[{\"name\":\"images\",\"datatype\":\"FP32\",\"shape\":[1,3,12,12],"
            + "\"data\":[\"a\"]}]}|data: expected an array of numbers",
        "{\"inputs\":[{\"name\":\"images\",\"datatype\":\"FP32\",\"shape\":[1,3,12,12],"
            + "\"data\":[1e99]}]}|expected float32 numbers",
        "{\"inputs\":[{\"name\":\"images\",\"datatype\":\"FP32\",\"shape\":[1,3,12,12],"
            + "\"parameters\":{\"binary_data_size\":1728}}]}|found 1728, and 0 after the document"
      })
  void aWrongTensor(String json, String part) throws Exception {
    requireError(talk.post(INFER, json.getBytes(UTF_8)), 400, "body", part);
  }

  @Test
  void aWrongLengthOfJson() throws Exception {
    for (String length : List.of("-1", "4", "x")) {
      HttpResponse<byte[]> response =
          talk.post(INFER, "{}".getBytes(UTF_8), "Inference-Header-Content-Length", length);
      requireError(response, 400, "Inference-Header-Content-Length", "found " + length);
    }
  }

  @Test
  void nestingWithoutEnd() throws Exception {
    requireError(talk.post(INFER, "[".repeat(100_000).getBytes(UTF_8)), 400, "not valid JSON");
  }

  /** A byte every now and then keeps a connection from being idle. */
  @Test
  void aHeaderThatNeverEnds() throws Exception {
    try (Socket socket = talk.connect()) {
      requireEnd(socket, "GET / HTTP/1.1\r\nX: ");
    }
  }

  @Test
  void aBodyThatComesTooSlowly() throws Exception {
    try (Socket socket = talk.connect()) {
      HttpTalk.write(socket, "POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n");
      String answer = requireEnd(socket, "abc");
      assertThat(answer).startsWith("HTTP/1.1 408 ").contains("body: expected all of it in time");
    }
  }

  /** Sends byte after byte until the server has had enough; returns what it said. */
  private static String requireEnd(Socket socket, String start) throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    HttpTalk.write(socket, start);
    Thread sender =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    while (!over.get()) {
                      HttpTalk.write(socket, "y");
                      Thread.sleep(100);
                    }
                  } catch (IOException | InterruptedException e) {
                    // The server has hung up.
                  }
                });
    String answer = HttpTalk.readAll(socket);
    over.set(true);
    sender.join();
    return answer;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "GET /",
        "GET / HTTP/1.1\r\nHost: x\r\n",
        "POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
        "POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc",
        "POST /classify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nabc"
      })
  void halfARequest(String half) throws Exception {
    // Left open, the server ends it; broken off, it forgets it.
    String answer = talk.raw(half);
    if (half.startsWith("POST")) {
      assertThat(answer).startsWith("HTTP/1.1 408 ").contains("{\"error\":\"");
    }
    try (Socket socket = talk.connect()) {
      HttpTalk.write(socket, half);
    }
    try (Socket socket = talk.connect()) {
      HttpTalk.write(socket, half);
      socket.shutdownOutput();
      HttpTalk.readAll(socket);
    }
  }

  @Test
  void anAnswerThatNobodyReads() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        Socket socket = talk.connect();
        sockets.add(socket);
        HttpTalk.write(socket, "GET /serve.js HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100));
      }
      requireGoodAnswer();
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  /** While some say nothing, and some half of it, others are answered. */
  @Test
  void aThousandConnectionsAtOnce() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < 1000; i++) {
        Socket socket = talk.connect();
        sockets.add(socket);
        if (i % 3 == 1) {
          HttpTalk.write(socket, "POST /classify HTTP/1.1\r\nHost: x\r\nContent-Le");
        } else if (i % 3 == 2) {
          HttpTalk.write(
              socket, "POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\nabc");
        }
      }
      requireGoodAnswer();
      for (Socket socket : sockets) {
        HttpTalk.readAll(socket);
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void rubbishOfManyChangesNobodysAnswer() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    List<Callable<Integer>> clients = new ArrayList<>();
    for (int c = 0; c < 64; c++) {
      int seed = c;
      clients.add(() -> sendRubbish(seed, over));
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> rubbish = clients.stream().map(threads::submit).toList();
      try {
        for (int i = 0; i < 100; i++) {
          requireGoodOrFull();
        }
      } finally {
        over.set(true);
      }
      for (Future<Integer> each : rubbish) {
        assertThat(each.get()).isPositive();
      }
    }
  }

  /** Where the queue is full of others' requests, that is said at once, and one comes again. */
  private void requireGoodOrFull() throws Exception {
    HttpResponse<byte[]> response = talk.post("/classify", png);
    for (int again = 0; response.statusCode() == 503 && again < 100; again++) {
      assertThat(response.headers().firstValue("Retry-After")).contains("1");
      Thread.sleep(10);
      response = talk.post("/classify", png);
    }
    assertThat(response.statusCode()).as(HttpTalk.text(response)).isEqualTo(200);
    requireExpected(HttpTalk.json(response));
  }

  private int sendRubbish(int seed, AtomicBoolean over) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    int sent = 0;
    while (!over.get()) {
      byte[] rubbish = png.clone();
      try {
        switch (random.nextInt(4)) {
          case 0 -> random.nextBytes(rubbish);
          case 1 -> rubbish[random.nextInt(rubbish.length)] ^= (byte) (1 + random.nextInt(255));
          case 2 -> rubbish = Arrays.copyOf(rubbish, random.nextInt(rubbish.length));
          default -> {
            try (Socket socket = talk.connect()) {
              OutputStream out = socket.getOutputStream();
              out.write(
                  "POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n"
                      .getBytes(UTF_8));
              out.write(rubbish, 0, 50);
            }
          }
        }
        HttpResponse<byte[]> response = talk.post("/classify", rubbish);
        assertThat(response.statusCode()).isIn(200, 400, 503);
        sent++;
      } catch (IOException e) {
        // A server need not wait for the rest of requests that come as slowly as these may.
      }
    }
    return sent;
  }
}
