package io.github.deit4j.fetch;

import io.github.deit4j.weights.CannotWriteException;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;

/**
 * Fetches files by HTTPS. What comes lies beside the target until all of it is there and its
 * SHA-256 is the known one; then it is renamed, so that the target is never a part. A download that
 * is cut off goes on where it was (RFC 9110, sections 13.1.5 and 14), if the server still has the
 * same version.
 *
 * <p>For the command line, where somebody has asked for it.
 */
public final class Downloader {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration STALL = Duration.ofSeconds(60);
  private static final long TICK_MS = 100;
  private final SSLContext tls;
  private final Duration stall;

  /** Creates one that trusts whom Java trusts. */
  public Downloader() {
    this(null, STALL);
  }

  /**
   * Creates one.
   *
   * @param tls whom it trusts; null for whom Java trusts
   * @param stall how long a server may send nothing
   */
  public Downloader(SSLContext tls, Duration stall) {
    this.tls = tls;
    this.stall = stall;
  }

  /** Hears how a download goes. */
  public interface Progress {
    /** Hears how many bytes of how many at most are there. */
    void at(long bytes, long limit);

    /** Hears that another download of the same file goes on, and that this one waits for it. */
    default void waiting() {}
  }

  /**
   * Fetches a file that is not there yet. If another process fetches it, waits for that.
   *
   * @param target where to; folders are created
   * @throws FetchException if it cannot be had, or is another than expected; what there is of it is
   *     kept if the same call may go on from there
   * @throws CannotWriteException if it cannot be written
   */
  public void fetch(RemoteFile file, Path target, Progress progress)
      throws IOException, InterruptedException {
    try (PartialFile part = PartialFile.open(target, progress::waiting)) {
      if (Files.exists(target)) {
        part.discard();
        return;
      }
      if (part.validator().isEmpty() || part.size() > file.limit()) {
        part.restart(Optional.empty());
      }
      if (!file.exact() || part.size() < file.limit()) {
        receive(file, part, progress);
      }
      String found = part.digest();
      if (!file.hasDigest(found)) {
        part.restart(Optional.empty());
        throw new FetchException(
            "%s: expected SHA-256 %s, found %s; it is thrown away"
                .formatted(file.address(), file.sha256(), found));
      }
      part.finish();
    }
  }

  private void receive(RemoteFile file, PartialFile part, Progress progress)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(file.address());
    if (part.size() > 0) {
      request.header("Range", "bytes=" + part.size() + "-");
      request.header("If-Range", part.validator().orElseThrow());
    }
    FileReceiver receiver = new FileReceiver(file, part);
    try (HttpClient client = client()) {
      try {
        await(client.sendAsync(request.build(), receiver), receiver, progress);
      } finally {
        receiver.end();
        client.shutdownNow();
      }
    }
    if (file.exact() && part.size() < file.limit()) {
      throw receiver.cutOff("the server ended", null);
    }
  }

  private HttpClient client() {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NORMAL); // never from https to http
    if (tls != null) {
      builder.sslContext(tls);
    }
    return builder.build();
  }

  private void await(CompletableFuture<?> answer, FileReceiver receiver, Progress progress)
      throws IOException, InterruptedException {
    long seen = receiver.size();
    long since = System.nanoTime();
    while (true) {
      try {
        answer.get(TICK_MS, TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        long size = receiver.size();
        if (size != seen) {
          seen = size;
          since = System.nanoTime();
          progress.at(size, receiver.limit());
        } else if (System.nanoTime() - since > stall.toNanos()) {
          throw receiver.cutOff("nothing came for %d seconds".formatted(stall.toSeconds()), e);
        }
      } catch (ExecutionException e) {
        throw receiver.failure(e.getCause());
      }
    }
  }
}
