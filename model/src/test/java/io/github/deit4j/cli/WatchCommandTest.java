package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.testing.HttpTalk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code deit watch} and {@code train --watch}. */
@Timeout(120)
class WatchCommandTest {
  private static final Pattern ADDRESS = Pattern.compile(" at (http://127\\.0\\.0\\.1:\\d+/)");

  @TempDir Path folder;

  static String address(ChildJvm child) throws IOException, InterruptedException {
    child.await(() -> ADDRESS.matcher(said(child)).find());
    Matcher address = ADDRESS.matcher(said(child));
    assertThat(address.find()).isTrue();
    return address.group(1);
  }

  private static String said(ChildJvm child) {
    try {
      return child.output() + child.errors();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aRunThatIsOverIsShownUntilItIsStopped() throws Exception {
    TinyTraining training = TinyTraining.in(folder);
    training.train("run");
    List<String> command = List.of("watch", training.out("run").toString(), "--port", "0");
    try (ChildJvm child = ChildJvm.start(folder, "", command);
        HttpTalk talk = new HttpTalk(URI.create(address(child)).getPort())) {
      assertThat(HttpTalk.text(talk.get("/")))
          .contains("The run is over.", "<dd>6<small>of 6</small>", "Last evaluation");
      assertThat(talk.get("/report.html").statusCode()).isEqualTo(200);
      child.signal("TERM");
      Cli ended = child.result();
      assertThat(ended.code()).as(ended.err()).isZero();
      assertThat(ended.err()).doesNotContain("jetty", "SLF4J");
    }
  }

  @Test
  void aRunWithItsPageHasTheSameBits() throws Exception {
    TinyTraining training = TinyTraining.in(folder);
    var plain = training.train("plain");
    Cli watched = Cli.run(training.command("watched", "--watch", "0").toArray());
    assertThat(watched.code()).as(watched.err()).isZero();
    assertThat(watched.err()).containsPattern("watch the run at http://127\\.0\\.0\\.1:\\d+/");
    assertThat(training.weights("watched")).isEqualTo(plain);
    assertThat(training.metrics("watched")).isEqualTo(training.metrics("plain"));
  }

  @Test
  void aTakenPortEndsTheRunBeforeItBegins() throws Exception {
    TinyTraining training = TinyTraining.in(folder);
    training.train("run");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      Cli train = Cli.run(training.command("none", "--watch", port).toArray());
      Cli watch = Cli.run("watch", training.out("run"), "--port", port);
      for (Cli result : List.of(train, watch)) {
        assertThat(result.code()).isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(result.err()).contains("port " + port + " of 127.0.0.1", "choose another");
      }
      assertThat(training.out("none")).doesNotExist();
    }
  }

  @Test
  void whatIsNoRunAndNoPortIsAUsageError() throws Exception {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertUsage("empty: expected the folder of a run, found no recipe.yaml in it", "watch", empty);
    Path missing = folder.resolve("missing");
    assertUsage("expected the folder of a run, found no such folder", "watch", missing);
    assertUsage("--port: expected 0 to 65535, found 65536", "watch", empty, "--port", 65536);
    assertUsage("Missing required parameter: 'RUN'", "watch");
    TinyTraining training = TinyTraining.in(folder);
    assertUsage(
        "--watch: expected 0 to 65535, found -1",
        training.command("run", "--watch", "-1").toArray());
    assertThat(training.out("run")).doesNotExist();
  }

  private static void assertUsage(String message, Object... command) {
    Cli result = Cli.run(command);
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains(message);
  }

  @Test
  void theHelpTellsOfThePortAndThePage() {
    assertThat(Cli.run("train", "--help").out()).contains("--watch[=PORT]", "8090");
    assertThat(Cli.run("watch", "--help").out()).contains("--port", "8090", "--host", "127.0.0.1");
  }
}
