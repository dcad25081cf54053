package io.github.deit4j.serve;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.testing.HttpTalk;
import io.github.deit4j.testing.ServedModel;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server whose images wait for each other for some time, so that things happen meanwhile. */
@Timeout(120)
class QueueAndStopTest {
  private static final Duration WAIT = Duration.ofSeconds(3);

  @TempDir Path folder;
  private ServedModel model;
  private byte[] png;
  private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeEach
  void load() throws Exception {
    model = ServedModel.distilled(folder);
    png = ServedModel.png(30, 20, 1);
  }

  @AfterEach
  void close() {
    clients.close();
    model.close();
  }

  private ClassifierServer.Builder server() {
    return ClassifierServer.builder(model.classifier()).maxBatch(100).maxWait(WAIT);
  }

  private List<Future<HttpResponse<byte[]>>> post(HttpTalk talk, int requests) {
    List<Future<HttpResponse<byte[]>>> answers = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      answers.add(clients.submit(() -> talk.post("/classify", png)));
    }
    return answers;
  }

  private static void awaitMetric(HttpTalk talk, String line) throws Exception {
    while (!HttpTalk.text(talk.get("/metrics")).contains(line + "\n")) {
      Thread.sleep(5);
    }
  }

  private static void requireOk(List<Future<HttpResponse<byte[]>>> answers) throws Exception {
    for (Future<HttpResponse<byte[]>> answer : answers) {
      HttpResponse<byte[]> response = answer.get(60, SECONDS);
      assertThat(response.statusCode()).as(HttpTalk.text(response)).isEqualTo(200);
    }
  }

  @Test
  void aFullQueueSaysSoAtOnce() throws Exception {
    try (ClassifierServer server = server().queue(2).start();
        HttpTalk talk = new HttpTalk(server.port())) {
      List<Future<HttpResponse<byte[]>>> waiting = post(talk, 2);
      awaitMetric(talk, "deit4j_waiting_images 2");
      HttpResponse<byte[]> refused = talk.post("/classify", png);
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.headers().firstValue("Retry-After")).contains("1");
      assertThat(HttpTalk.error(refused)).contains("the queue is full", "try again later");
      requireOk(waiting);
      requireOk(post(talk, 1));
    }
  }

  /** The connection is idle meanwhile, which is right so. */
  @Test
  void anAnswerMayTakeLongerThanAConnectionMayBeIdle() throws Exception {
    try (ClassifierServer server = server().idleTimeout(Duration.ofMillis(500)).start();
        HttpTalk talk = new HttpTalk(server.port())) {
      requireOk(post(talk, 1));
    }
  }

  @Test
  void anAnswerThatTakesTooLongIsGivenUp() throws Exception {
    try (ClassifierServer server = server().timeout(Duration.ofSeconds(1)).start();
        HttpTalk talk = new HttpTalk(server.port())) {
      HttpResponse<byte[]> late = talk.post("/classify", png);
      assertThat(late.statusCode()).isEqualTo(503);
      assertThat(HttpTalk.error(late)).contains("expected an answer in time");
    }
  }

  @Test
  void aStopAnswersWhatWasTaken() throws Exception {
    ClassifierServer server = server().start();
    try (HttpTalk talk = new HttpTalk(server.port());
        Socket half = talk.connect()) {
      List<Future<HttpResponse<byte[]>>> taken = post(talk, 20);
      awaitMetric(talk, "deit4j_waiting_images 20");
      // One whose body is not all there yet is taken, too.
      HttpTalk.write(
          half,
          "POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n".formatted(png.length));
      half.getOutputStream().write(png, 0, 100);
      awaitMetric(talk, "deit4j_body_bytes 100");
      Future<?> stop = clients.submit(server::close);
      Thread.sleep(200);
      half.getOutputStream().write(png, 100, png.length - 100);
      assertThat(HttpTalk.readAll(half)).startsWith("HTTP/1.1 200 ").contains("\"predictions\"");
      requireOk(taken);
      stop.get(60, SECONDS);
      assertThatThrownBy(talk::connect).hasMessageContaining("refused");
    }
  }

  /** A connection that is open already gets an answer, if only that there is none. */
  @Test
  void aRequestDuringTheStopIsRefused() throws Exception {
    ClassifierServer server = server().start();
    try (HttpTalk talk = new HttpTalk(server.port());
        Socket open = talk.connect()) {
      HttpTalk.write(open, "GET /v2/health/ready HTTP/1.1\r\nHost: x\r\n\r\n");
      byte[] ready = new byte[12];
      assertThat(open.getInputStream().readNBytes(ready, 0, 12)).isEqualTo(12);
      assertThat(new String(ready, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
      List<Future<HttpResponse<byte[]>>> taken = post(talk, 1);
      awaitMetric(talk, "deit4j_waiting_images 1");
      Future<?> stop = clients.submit(server::close);
      Thread.sleep(200);
      HttpTalk.write(open, "GET /v2/health/ready HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(HttpTalk.readAll(open)).contains("HTTP/1.1 503 ", "{\"error\":");
      requireOk(taken);
      stop.get(60, SECONDS);
    }
  }
}
