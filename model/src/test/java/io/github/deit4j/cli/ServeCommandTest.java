package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ServeCommandTest {
  private static final Pattern ADDRESS =
      Pattern.compile("serving at (http://127\\.0\\.0\\.1:\\d+/)");

  @TempDir Path folder;

  /** As a user does it: start, ask, stop. */
  @Test
  void answersAsPredictDoesUntilItIsStopped() throws Exception {
    Path weights = TinyModel.save(folder.resolve("my model.safetensors"), List.of("cat", "dog"));
    Path image = TinyModel.png(folder.resolve("images/a.png"), 20, 30, 1);
    JsonValue expected =
        Cli.run("predict", "--weights", weights, image, "--json").json().get("images");
    try (ChildJvm child =
            ChildJvm.start(
                folder,
                "-XX:-UsePerfData",
                List.of("serve", "--weights", weights.toString(), "--port", "0"));
        HttpClient client = HttpClient.newHttpClient()) {
      child.await(() -> ADDRESS.matcher(output(child)).find());
      Matcher address = ADDRESS.matcher(output(child));
      assertThat(address.find()).isTrue();
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(address.group(1) + "classify"))
              .POST(BodyPublishers.ofFile(image))
              .build();
      JsonValue answer =
          Json.read("answer", client.send(request, BodyHandlers.ofByteArray()).body());
      assertThat(answer.get("model").asString()).isEqualTo("my-model");
      assertThat(answer.get("predictions").value())
          .isEqualTo(expected.items().getFirst().get("predictions").value());
      child.signal("TERM");
      Cli ended = child.result();
      assertThat(ended.code()).as(ended.err()).isZero();
      assertThat(ended.err()).contains("stopping").doesNotContain("jetty", "SLF4J");
    }
  }

  private static String output(ChildJvm child) {
    try {
      return child.output();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aTakenPortIsNotAvailable() throws Exception {
    Path weights = TinyModel.save(folder.resolve("model.safetensors"), List.of("cat", "dog"));
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Cli result = Cli.run("serve", "--weights", weights, "--port", taken.getLocalPort());
      assertThat(result.code()).isEqualTo(ExitCode.UNAVAILABLE);
      assertThat(result.err()).contains("port " + taken.getLocalPort(), "choose another");
    }
  }

  @Test
  void refusesOptionsThatMakeNoSense() throws Exception {
    Path weights = TinyModel.save(folder.resolve("model.safetensors"), List.of("cat", "dog"));
    assertUsage("--port: expected 0 to 65535, found 99999", weights, "--port", 99999);
    assertUsage("--port: expected 0 or more, found -1", weights, "--port", -1);
    assertUsage("--max-batch: expected 1 or more, found 0", weights, "--max-batch", 0);
    assertUsage("--queue: expected 1 or more, found 0", weights, "--queue", 0);
    assertUsage("--name: expected letters", weights, "--name", "a/b");
    assertUsage("--timeout: expected 1 or more, found 0", weights, "--timeout", 0);
    assertUsage("head 'classs' is not known", weights, "--head", "classs");
  }

  private static void assertUsage(String message, Path weights, Object... options) {
    Object[] args = new Object[3 + options.length];
    args[0] = "serve";
    args[1] = "--weights";
    args[2] = weights;
    System.arraycopy(options, 0, args, 3, options.length);
    Cli result = Cli.run(args);
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains(message);
  }

  @Test
  void weightsThatAreNone() throws Exception {
    Path file = Files.writeString(folder.resolve("none.safetensors"), "nothing");
    assertThat(Cli.run("serve", "--weights", file).code()).isEqualTo(ExitCode.BAD_DATA);
  }
}
