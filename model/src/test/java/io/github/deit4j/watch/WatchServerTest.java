package io.github.deit4j.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.http.CannotListenException;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.report.HtmlReport;
import io.github.deit4j.run.Environment;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.testing.HttpTalk;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WatchServerTest {
  private static final long LOOK_MILLIS = 100;

  @TempDir Path parent;
  private Path folder;
  private RunFolder run;
  private WatchServer server;
  private HttpTalk talk;

  @BeforeEach
  void start() throws Exception {
    folder = parent.resolve("my run");
    Recipe recipe = Recipe.load("fashion-mnist", List.of());
    run = RunFolder.create(folder, recipe, new Environment("1", "cpu", 1, List.of(), Map.of()));
    run.log(1, Map.of("loss", 2.5));
    server = WatchServer.start(folder, 0);
    talk = new HttpTalk(server.port());
  }

  @AfterEach
  void stop() throws Exception {
    assertThat(talk.get("/").statusCode()).as("whatever was asked before").isEqualTo(200);
    talk.close();
    server.close();
    run.close();
  }

  @Test
  void thePageIsThereAndNothingElseRunsInIt() throws Exception {
    HttpResponse<byte[]> page = talk.get("/");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(HttpTalk.text(page))
        .contains("<title>deit4j: Run my run</title>", "The run goes on.", "new uPlot(")
        .contains("<th scope=\"row\">1</th><td class=\"number\">2.5</td>");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("default-src 'none'; script-src 'sha256-", "connect-src 'self'")
        .doesNotContain("script-src 'unsafe");
    assertThat(page.headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
  }

  @Test
  void whatIsNewIsSentOnce() throws Exception {
    HttpResponse<byte[]> first = talk.get("/live");
    String tag = first.headers().firstValue("ETag").orElseThrow();
    assertThat(HttpTalk.text(first)).contains(">2.5</td>").doesNotContain("<html", "<script");
    HttpResponse<byte[]> same = talk.send("GET", "/live", new byte[0], "If-None-Match", tag);
    assertThat(same.statusCode()).isEqualTo(304);
    assertThat(same.body()).isEmpty();
    run.log(2, Map.of("loss", 1.25));
    HttpResponse<byte[]> next = same;
    while (next.statusCode() == 304) {
      Thread.sleep(LOOK_MILLIS);
      next = talk.send("GET", "/live", new byte[0], "If-None-Match", tag);
    }
    assertThat(next.statusCode()).isEqualTo(200);
    assertThat(HttpTalk.text(next)).contains(">1.25</td>");
  }

  @Test
  void theReportOfTheEndIsServed() throws Exception {
    HttpResponse<byte[]> none = talk.get("/report.html");
    assertThat(none.statusCode()).isEqualTo(404);
    assertThat(HttpTalk.error(none)).contains("expected a report");
    HtmlReport.write(folder, Optional.empty());
    HttpResponse<byte[]> report = talk.get("/report.html");
    assertThat(report.statusCode()).isEqualTo(200);
    assertThat(HttpTalk.text(report)).isEqualTo(Files.readString(folder.resolve(HtmlReport.FILE)));
    assertThat(report.headers().firstValue("Content-Security-Policy")).isPresent();
  }

  @Test
  void aDeletedRunIsSaid() throws Exception {
    Files.delete(folder.resolve(RunFolder.RECIPE));
    HttpResponse<byte[]> live = talk.get("/live");
    assertThat(live.statusCode()).isEqualTo(200);
    assertThat(HttpTalk.text(live)).contains("the run was deleted or moved");
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/nothing,404",
    "GET,/recipe.yaml,404",
    "GET,/../recipe.yaml,400",
    "GET,/%2e%2e/recipe.yaml,400",
    "GET,/live/../../recipe.yaml,400",
    "GET,/live?since=1,400",
    "GET,/?%zz,400",
    "POST,/,405",
    "PUT,/report.html,405",
    "DELETE,/live,405"
  })
  void aWrongRequest(String method, String path, int status) throws Exception {
    String answer =
        talk.raw(
            "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"
                .formatted(method, path));
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ").contains("application/json");
    assertThat(answer).contains("{\"error\":").doesNotContain("Exception", "\tat ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example"})
  void aNameOfAnotherSite(String host) throws Exception {
    for (String path : List.of("/", "/live", "/report.html")) {
      String answer =
          talk.raw(
              "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n".formatted(path, host));
      assertThat(answer)
          .startsWith("HTTP/1.1 403 ")
          .contains("Host: expected localhost or an address, found " + host);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1:1", "[::1]"})
  void aNameOfThisMachine(String host) throws Exception {
    assertThat(talk.raw("GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n".formatted(host)))
        .startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rubbish\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u0000\u0001\r\n\r\n"})
  void whatIsNoHttp(String text) throws Exception {
    assertThat(talk.raw(text)).matches("(?s)HTTP/1\\.1 (400|426|505) .*");
  }

  @Test
  void aHeaderWithoutEnd() throws Exception {
    String endless = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + "x".repeat(100_000) + "\r\n\r\n";
    assertThat(talk.raw(endless)).startsWith("HTTP/1.1 431 ");
  }

  /** Browsers go away without a word, and slow ones take no answer. */
  @Test
  void clientsThatGoAwayDoNotMatter() throws Exception {
    List<Socket> open = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Socket socket = talk.connect();
      HttpTalk.write(socket, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
      open.add(socket);
      if (i % 2 == 0) {
        socket.close();
      }
    }
    assertThat(talk.get("/live").statusCode()).isEqualTo(200);
    for (Socket socket : open) {
      socket.close();
    }
  }

  @Test
  void aPortThatIsTakenIsAnError() {
    assertThatThrownBy(() -> WatchServer.start(folder, server.port()))
        .isInstanceOf(CannotListenException.class)
        .hasMessageContaining("port " + server.port() + " of 127.0.0.1: expected a free port");
  }
}
