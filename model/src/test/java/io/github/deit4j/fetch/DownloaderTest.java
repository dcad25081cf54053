package io.github.deit4j.fetch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.testing.TlsServer;
import io.github.deit4j.testing.TlsServer.Handler;
import io.github.deit4j.testing.TlsServer.Request;
import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DownloaderTest {
  private static final Duration STALL = Duration.ofSeconds(30);
  private static final int HALF = 150_000;
  private static final byte[] CONTENT = content(1);
  private static final String DIGEST = Sha256.of(CONTENT);
  private static final String TAG = "ETag: \"one\"";

  @TempDir static Path shared;
  private static Path key;
  private static SSLContext tls;

  @TempDir Path dir;
  private TlsServer server;

  @BeforeAll
  static void makeKey() throws Exception {
    key = TlsServer.newKey(shared);
    tls = TlsServer.context(key);
  }

  @AfterEach
  void stop() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void fetchesAFile() throws Exception {
    serve((_, out) -> whole(out));
    List<Long> seen = new ArrayList<>();
    new Downloader(tls, STALL).fetch(exact(), target(), (bytes, _) -> seen.add(bytes));
    assertThat(target()).hasBinaryContent(CONTENT);
    assertThat(dir.resolve("new")).isDirectoryContaining("glob:**/file").isNotEmptyDirectory();
    assertThat(leftOver()).isEmpty();
    assertThat(seen).isSorted();
  }

  @Test
  void aFirstPartOfTheDigestWillDoWhereNoMoreIsKnown() throws Exception {
    serve((_, out) -> whole(out));
    fetch(new RemoteFile(server.at("/file"), DIGEST.substring(0, 8), CONTENT.length + 99, false));
    assertThat(target()).hasBinaryContent(CONTENT);
  }

  @Test
  void goesOnWhereItWasCutOff() throws Exception {
    serve(
        (request, out) -> {
          if (server.requests().size() == 1) {
            head(out, "200 OK", TAG, "Content-Length: " + CONTENT.length);
            out.write(CONTENT, 0, HALF);
          } else {
            rest(request, out);
          }
        });
    assertThatThrownBy(() -> fetch(exact()))
        .isInstanceOf(FetchException.class)
        .hasMessageContainingAll(
            server.at("/file").toString(), "150,000 of 300,000 bytes; the same command goes on");
    assertThat(target()).doesNotExist();
    fetch(exact());
    assertThat(target()).hasBinaryContent(CONTENT);
    assertThat(leftOver()).isEmpty();
    assertThat(server.requests().getLast().headers())
        .containsEntry("range", "bytes=150000-")
        .containsEntry("if-range", "\"one\"");
  }

  @Test
  void beginsAnewWhereTheServerHasAnotherVersion() throws Exception {
    leave(Arrays.copyOf(content(2), HALF), "\"old\"");
    serve((_, out) -> whole(out));
    fetch(exact());
    assertThat(target()).hasBinaryContent(CONTENT);
  }

  @Test
  void beginsAnewWhereTheVersionIsNotKnown() throws Exception {
    leave(Arrays.copyOf(CONTENT, HALF), "\n");
    serve((_, out) -> whole(out));
    fetch(exact());
    assertThat(target()).hasBinaryContent(CONTENT);
    assertThat(server.requests().getFirst().headers()).doesNotContainKey("range");
  }

  @Test
  void takesWhatIsAllThereAlready() throws Exception {
    leave(CONTENT, "\"one\"");
    serve((_, out) -> head(out, "416 Range Not Satisfiable", "Content-Length: 0"));
    fetch(exact());
    assertThat(target()).hasBinaryContent(CONTENT);
    assertThat(server.requests()).isEmpty();

    Files.delete(target());
    leave(CONTENT, "\"one\"");
    fetch(atMost(CONTENT.length + 99));
    assertThat(target()).hasBinaryContent(CONTENT);
    assertThat(server.requests()).hasSize(1);
  }

  @Test
  void throwsAwayWhatIsDamaged() throws Exception {
    leave(Arrays.copyOf(content(2), HALF), "\"one\"");
    serve(this::rest);
    assertThatThrownBy(() -> fetch(exact()))
        .isInstanceOf(FetchException.class)
        .hasMessageContainingAll("expected SHA-256 " + DIGEST, "found", "thrown away");
    assertThat(target()).doesNotExist();
    assertThat(part()).isEmptyFile();
    fetch(exact());
    assertThat(target()).hasBinaryContent(CONTENT);
  }

  @Test
  void aRestThatBeginsElsewhereIsRefused() throws Exception {
    leave(Arrays.copyOf(CONTENT, HALF), "\"one\"");
    serve((_, out) -> head(out, "206 Partial Content", "Content-Range: bytes 7-299999/300000"));
    assertThatThrownBy(() -> fetch(exact()))
        .hasMessageContainingAll("expected the bytes from 150,000 on", "bytes 7-299999/300000");
  }

  @Test
  void aWrongFileIsThrownAway() throws Exception {
    serve(
        (_, out) -> {
          head(out, "200 OK", TAG, "Content-Length: " + CONTENT.length);
          out.write(content(2));
        });
    assertThatThrownBy(() -> fetch(exact())).hasMessageContaining("expected SHA-256 " + DIGEST);
    assertThat(target()).doesNotExist();
    assertThat(part()).isEmptyFile();
  }

  @Test
  void aLargerFileIsNotTaken() throws Exception {
    serve(
        (_, out) -> {
          head(out, "200 OK", TAG, "Content-Length: " + Long.MAX_VALUE);
          new Random(1).ints(100).forEach(i -> write(out, CONTENT));
        });
    assertThatThrownBy(() -> fetch(exact()))
        .isInstanceOf(FetchException.class)
        .hasMessageContaining("expected 300,000 bytes, found 9,223,372,036,854,775,807");
    assertThatThrownBy(() -> fetch(atMost(CONTENT.length)))
        .hasMessageContaining("expected at most 300,000 bytes, found");
    assertThat(part()).isEmptyFile();
  }

  @Test
  void aFileThatDoesNotSayHowLargeItIsIsCutAtTheLimit() throws Exception {
    serve(
        (_, out) -> {
          head(out, "200 OK", TAG);
          new Random(1).ints(100).forEach(i -> write(out, CONTENT));
        });
    for (RemoteFile file : List.of(exact(), atMost(CONTENT.length + 9))) {
      assertThatThrownBy(() -> fetch(file))
          .isInstanceOf(FetchException.class)
          .hasMessageContaining("bytes, found more; they are thrown away");
      assertThat(part()).isEmptyFile();
    }
  }

  @Test
  void aSmallerLengthThanItIsIsNoFile() throws Exception {
    serve(
        (_, out) -> {
          head(out, "200 OK", TAG, "Content-Length: 10");
          out.write(CONTENT);
        });
    assertThatThrownBy(() -> fetch(exact())).hasMessageContaining("300,000 bytes, found 10");
    assertThatThrownBy(() -> fetch(atMost(CONTENT.length))).hasMessageContaining("SHA-256");
    assertThat(target()).doesNotExist();
  }

  @Test
  void anEndBeforeTheEndIsToldEvenIfTheServerThinksItIsOne() throws Exception {
    serve(
        (_, out) -> {
          head(out, "200 OK", TAG);
          out.write(CONTENT, 0, HALF);
        });
    assertThatThrownBy(() -> fetch(exact()))
        .hasMessageContaining("the server ended after 150,000 of 300,000 bytes");
    assertThat(part()).hasSize(HALF);
  }

  @Test
  void aServerThatFallsSilentIsGivenUp() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    serve(
        (_, out) -> {
          head(out, "200 OK", TAG, "Content-Length: " + CONTENT.length);
          out.write(CONTENT, 0, HALF);
          out.flush();
          end.await();
        });
    assertThatThrownBy(
            () -> new Downloader(tls, Duration.ofSeconds(1)).fetch(exact(), target(), (_, _) -> {}))
        .isInstanceOf(FetchException.class)
        .hasMessageContaining("nothing came for 1 seconds after 150,000");
    end.countDown();
    assertThat(part()).hasSize(HALF);
  }

  @Test
  void anInterruptEndsItAndKeepsWhatThereIs() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    serve(
        (_, out) -> {
          head(out, "200 OK", TAG, "Content-Length: " + CONTENT.length);
          out.write(CONTENT, 0, HALF);
          out.flush();
          end.await();
        });
    Thread here = Thread.currentThread();
    assertThatThrownBy(
            () ->
                new Downloader(tls, STALL)
                    .fetch(
                        exact(),
                        target(),
                        (bytes, _) -> {
                          if (bytes == HALF) {
                            here.interrupt();
                          }
                        }))
        .isInstanceOf(InterruptedException.class);
    end.countDown();
    assertThat(part()).hasSize(HALF);
  }

  @Test
  void followsARedirectToAnEncryptedPlaceOnly() throws Exception {
    serve(
        (request, out) -> {
          if (request.path().equals("/file")) {
            head(out, "302 Found", "Location: " + server.at("/there"), "Content-Length: 0");
          } else if (request.path().equals("/open")) {
            String open = server.at("/there").toString().replace("https:", "http:");
            head(out, "302 Found", "Location: " + open, "Content-Length: 0");
          } else {
            whole(out);
          }
        });
    assertThatThrownBy(
            () -> fetch(new RemoteFile(server.at("/open"), DIGEST, CONTENT.length, true)))
        .isInstanceOf(FetchException.class)
        .hasMessageContainingAll("302 to http://localhost", "not followed");
    assertThat(target()).doesNotExist();
    fetch(exact());
    assertThat(target()).hasBinaryContent(CONTENT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"404 Not Found", "403 Forbidden", "500 Internal Server Error", "204 No"})
  void tellsWhatTheServerSays(String status) throws Exception {
    serve((_, out) -> head(out, status, "Content-Length: 0"));
    assertThatThrownBy(() -> fetch(exact()))
        .isInstanceOf(FetchException.class)
        .hasMessageContaining("expected HTTP status 200, found " + status.substring(0, 3));
  }

  @Test
  void aServerWithoutATrustedCertificateIsRefused() throws Exception {
    serve((_, out) -> whole(out));
    assertThatThrownBy(() -> new Downloader().fetch(exact(), target(), (_, _) -> {}))
        .isInstanceOf(FetchException.class)
        .hasMessageContainingAll("can't be downloaded", "SSLHandshakeException");
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void nothingIsAskedWithoutEncryptionOrADigest() {
    assertThatThrownBy(() -> new RemoteFile(URI.create("http://localhost/x"), DIGEST, 9, true))
        .hasMessageContaining("https:");
    assertThatThrownBy(() -> new RemoteFile(URI.create("https://localhost/x"), "", 9, true))
        .hasMessageContaining("SHA-256");
  }

  @Test
  void aFolderThatCannotBeWrittenIsToldAsSuch() throws Exception {
    serve((_, out) -> whole(out));
    Files.writeString(dir.resolve("new"), "in the way");
    assertThatThrownBy(() -> fetch(exact())).isInstanceOf(CannotWriteException.class);
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void threadsFetchOnce() throws Exception {
    serve((_, out) -> whole(out));
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        all.add(
            threads.submit(
                () -> {
                  fetch(exact());
                  return null;
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
    assertThat(target()).hasBinaryContent(CONTENT);
    assertThat(server.requests()).hasSize(1);
    assertThat(leftOver()).isEmpty();
  }

  @Test
  void processesFetchOnce() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch waiting = new CountDownLatch(1);
    serve(
        (_, out) -> {
          asked.countDown();
          waiting.await();
          whole(out);
        });
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                key.toString(),
                server.at("/file").toString(),
                target().toString())
            .inheritIO()
            .start();
    try {
      assertThat(asked.await(60, TimeUnit.SECONDS)).as("the child fetches").isTrue();
      new Downloader(tls, STALL)
          .fetch(
              exact(),
              target(),
              new Downloader.Progress() {
                @Override
                public void at(long bytes, long limit) {}

                @Override
                public void waiting() {
                  waiting.countDown();
                }
              });
      assertThat(child.waitFor()).isZero();
    } finally {
      child.destroyForcibly();
    }
    assertThat(target()).hasBinaryContent(CONTENT);
    assertThat(server.requests()).hasSize(1);
    assertThat(leftOver()).isEmpty();
  }

  /** File locks are the process's: reading the file by another channel would give them away. */
  @Test
  void nobodyElseHasAFileThatIsChecked() throws Exception {
    try (PartialFile part = PartialFile.open(target(), () -> {})) {
      part.append(ByteBuffer.wrap(CONTENT));
      assertThat(part.digest()).isEqualTo(DIGEST);
      Process child =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Locker.class.getName(),
                  part().toString())
              .inheritIO()
              .start();
      try {
        assertThat(child.waitFor()).as("1 where the file is locked").isEqualTo(1);
      } finally {
        child.destroyForcibly();
      }
    }
  }

  /** Another process that ends with 1 where a file is locked, and else with 0. */
  static final class Locker {
    private Locker() {}

    public static void main(String[] args) throws IOException {
      try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
        System.exit(channel.tryLock() == null ? 1 : 0);
      }
    }
  }

  /** Another process that fetches the same file. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws Exception {
      SSLContext trusted = TlsServer.context(Path.of(args[0]));
      RemoteFile file = new RemoteFile(URI.create(args[1]), DIGEST, CONTENT.length, true);
      new Downloader(trusted, STALL).fetch(file, Path.of(args[2]), (_, _) -> {});
    }
  }

  private static byte[] content(long seed) {
    byte[] bytes = new byte[2 * HALF];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private void serve(Handler handler) throws Exception {
    server = TlsServer.start(key, handler);
  }

  private void fetch(RemoteFile file) throws IOException, InterruptedException {
    new Downloader(tls, STALL).fetch(file, target(), (_, _) -> {});
  }

  private RemoteFile exact() {
    return new RemoteFile(server.at("/file"), DIGEST, CONTENT.length, true);
  }

  private RemoteFile atMost(long limit) {
    return new RemoteFile(server.at("/file"), DIGEST, limit, false);
  }

  private Path target() {
    return dir.resolve("new").resolve("file");
  }

  private Path part() {
    return target().resolveSibling("file.part");
  }

  /** What an earlier download left. */
  private void leave(byte[] bytes, String version) throws IOException {
    Files.createDirectories(target().getParent());
    Files.write(part(), bytes);
    Files.writeString(target().resolveSibling("file.part.validator"), version);
  }

  private List<Path> leftOver() throws IOException {
    try (var files = Files.list(target().getParent())) {
      return files.filter(file -> !file.equals(target())).toList();
    }
  }

  private void whole(OutputStream out) throws IOException {
    head(out, "200 OK", TAG, "Content-Length: " + CONTENT.length);
    out.write(CONTENT);
  }

  /** Answers as a server that still has the same version. */
  private void rest(Request request, OutputStream out) throws IOException {
    String range = request.headers().get("range");
    if (range == null) {
      whole(out);
      return;
    }
    int from = Integer.parseInt(range.replaceAll("[^0-9]", ""));
    head(
        out,
        "206 Partial Content",
        TAG,
        "Content-Range: bytes %d-%d/%d".formatted(from, CONTENT.length - 1, CONTENT.length),
        "Content-Length: " + (CONTENT.length - from));
    out.write(CONTENT, from, CONTENT.length - from);
  }

  private static void head(OutputStream out, String status, String... headers) throws IOException {
    String lines = String.join("\r\n", headers);
    out.write(
        ("HTTP/1.1 " + status + "\r\n" + lines + "\r\nConnection: close\r\n\r\n")
            .getBytes(ISO_8859_1));
  }

  private static void write(OutputStream out, byte[] bytes) {
    try {
      out.write(bytes);
    } catch (IOException e) {
      // The client has had enough, which is what the test is about.
    }
  }
}
