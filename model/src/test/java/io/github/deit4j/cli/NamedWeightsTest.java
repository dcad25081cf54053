package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.fetch.Downloader;
import io.github.deit4j.fetch.FetchException;
import io.github.deit4j.modelfile.PublishedWeights;
import io.github.deit4j.testing.TlsServer;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.Sha256;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class NamedWeightsTest {
  private static final String NAME = "deit_tiny_patch16_224";
  private static final byte[] CONTENT = "weights".repeat(1000).getBytes(StandardCharsets.UTF_8);

  @TempDir Path dir;
  private final StringWriter said = new StringWriter();

  /** Every command that takes weights, with a name for these. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "predict --weights NAME DIR/image.png",
        "evaluate --weights NAME --data DIR",
        "attention --weights NAME --out DIR/maps DIR/image.png",
        "serve --weights NAME --port 0",
        "export --weights NAME --format onnx --out DIR/model.onnx",
        "inspect NAME",
        "teach --teacher NAME --recipe image-folder-study --data DIR --out DIR/logits"
            + " --set train-crop=center --set auto-augment=none --set color-jitter=0 --set erase=0"
            + " --set mixup=0 --set cutmix=0 --set flip=0.5",
        "train --recipe deit-tiny-distilled --teacher NAME --data DIR --out DIR/run",
        "train --recipe own-images --set finetune=NAME --data DIR --out DIR/run",
      })
  void saysWhatToFetchFromWhere(String command) {
    Cli result = run(command.replace("NAME", NAME).replace("DIR", dir.toString()).split(" "));
    assertThat(result.err())
        .contains(
            NAME + ": expected these weights in the cache, found no " + dir,
            "--download",
            "https://dl.fbaipublicfiles.com/deit/deit_tiny_patch16_224-a1311bcf.pth",
            "22.9 MB, SHA-256 a1311bcf4f24e3c95adaa75535db67bc4412d95535b98f7c1dfd1164dda41c97",
            "curl ");
    assertThat(result.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(result.out()).isEmpty();
    assertThat(dir).as("nothing is written").isEmptyDirectory();
  }

  @Test
  void anotherFileInTheCacheIsRefusedAlsoByDownload() throws Exception {
    Path cached = dir.resolve(".cache/deit4j/weights/deit_tiny_patch16_224-a1311bcf.pth");
    TinyModel.save(Files.createDirectories(cached.getParent()).resolve("x"), List.of("a", "b"));
    Files.move(cached.resolveSibling("x"), cached);
    for (String[] command :
        List.of(new String[] {"inspect", NAME}, new String[] {"inspect", "--download", NAME})) {
      Cli result = run(command);
      assertThat(result.code()).isEqualTo(ExitCode.BAD_DATA);
      assertThat(result.err()).contains(cached.toString(), "found SHA-256", "delete it");
    }
  }

  @Test
  void whatCannotBeCheckedIsNotFetched() {
    Cli result = run("inspect", "--download", "timm/deit3_small_patch16_224.fb_in1k");
    assertThat(result.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(result.err()).contains("no checksum", "deit_3_small_224_1k.pth");
  }

  @ParameterizedTest
  @ValueSource(strings = {"timm/vit_tiny_patch16_224", "deit_base_patch16_160"})
  void namesThatAreNotKnownListThoseThatAre(String name) {
    Cli result = run("inspect", name);
    assertThat(result.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(result.err()).contains(name + ": expected a file, a folder, or the name", NAME);
  }

  @Test
  void aFileOfThatNameIsThatFile() throws Exception {
    Path file = TinyModel.save(dir.resolve(NAME), List.of("a", "b"));
    Path given = file;
    var named = new NamedWeights(path -> PublishedWeights.meant(path), new Downloader());
    assertThat(named.locate(given, terminal(), true)).isEqualTo(file);
  }

  @Test
  void fetchesOnlyWhenAskedTo() throws Exception {
    try (TlsServer server = server()) {
      assertThatThrownBy(() -> named(server, CONTENT).locate(Path.of("tiny"), terminal(), false))
          .isInstanceOf(FormatException.class);
      assertThat(server.requests()).isEmpty();

      NamedWeights fetching = named(server, CONTENT, "--download");
      Path file = fetching.locate(Path.of("tiny"), terminal(), false);
      assertThat(file)
          .isEqualTo(dir.resolve(".cache/deit4j/weights/tiny.pth"))
          .hasBinaryContent(CONTENT);
      assertThat(said.toString())
          .contains("fetching tiny from " + server.at("/tiny.pth"), "it is in " + file);

      assertThat(fetching.locate(Path.of("tiny"), terminal(), false)).isEqualTo(file);
      assertThat(named(server, CONTENT).locate(Path.of("tiny"), terminal(), false)).isEqualTo(file);
      assertThat(server.requests()).as("from the cache").hasSize(1);
    }
  }

  @Test
  void aFailedDownloadIsTheNetworksFault() throws Exception {
    byte[] other = "another".getBytes(StandardCharsets.UTF_8);
    try (TlsServer server = server()) {
      assertThatThrownBy(
              () -> named(server, other, "--download").locate(Path.of("tiny"), terminal(), true))
          .isInstanceOf(FetchException.class)
          .satisfies(e -> assertThat(Failures.exitCode(e)).isEqualTo(ExitCode.UNAVAILABLE));
    }
    assertThat(dir.resolve(".cache/deit4j/weights/tiny.pth")).doesNotExist();
  }

  private TlsServer server() throws Exception {
    return TlsServer.start(
        key(),
        (_, out) -> {
          String head = "HTTP/1.1 200 OK\r\nContent-Length: " + CONTENT.length + "\r\n\r\n";
          out.write(head.getBytes(StandardCharsets.ISO_8859_1));
          out.write(CONTENT);
        });
  }

  private Path key() throws Exception {
    Path folder = Files.createDirectories(dir.resolve("key"));
    Path file = folder.resolve("key.p12");
    return Files.exists(file) ? file : TlsServer.newKey(folder);
  }

  /** A command line that knows the weights {@code tiny}, with that content. */
  private NamedWeights named(TlsServer server, byte[] content, String... arguments)
      throws Exception {
    var tiny =
        new PublishedWeights(
            "tiny",
            "tiny.pth",
            server.at("/tiny.pth").toString(),
            Sha256.of(content),
            CONTENT.length,
            true);
    NamedWeights named =
        new NamedWeights(
            path -> Optional.of(tiny).filter(_ -> path.equals(Path.of("tiny"))),
            new Downloader(TlsServer.context(key()), Duration.ofSeconds(30)));
    new CommandLine(CommandSpec.create().addMixin("named", CommandSpec.forAnnotatedObject(named)))
        .parseArgs(arguments);
    return named;
  }

  private Terminal terminal() {
    return new Terminal(
        new PrintWriter(said), new PrintWriter(said), false, Map.of("HOME", dir.toString()));
  }

  private Cli run(String... arguments) {
    return Cli.runIn(Map.of("HOME", dir.toString()), Stream.of(arguments).toArray(Object[]::new));
  }
}
