package io.github.deit4j.fetch;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes a server's answer to the question for a file, or for the rest of it. */
final class FileReceiver implements BodyHandler<Void>, BodySubscriber<Void> {
  private static final int OK = 200;
  private static final int PARTIAL = 206;
  private static final int BEYOND_THE_END = 416;
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\\*)");

  private final RemoteFile file;
  private final PartialFile part;
  private final CompletableFuture<Void> body = new CompletableFuture<>();
  private Subscription subscription;
  private IOException failure;

  /** Whether nothing is to be received any more. */
  private boolean ended;

  /**
   * Creates one for an answer.
   *
   * @param part what there is; only the receiver touches it until {@link #end}
   */
  FileReceiver(RemoteFile file, PartialFile part) {
    this.file = file;
    this.part = part;
  }

  /** Returns how many bytes there are. */
  synchronized long size() {
    return part.size();
  }

  /** Returns how many bytes there may be. */
  long limit() {
    return file.limit();
  }

  /** Receives no more, whatever comes. */
  synchronized void end() {
    ended = true;
    if (subscription != null) {
      subscription.cancel();
    }
  }

  /** Returns what went wrong, as far as it is known here, or else the client's reason. */
  synchronized IOException failure(Throwable reason) {
    return failure == null ? cutOff(String.valueOf(reason), reason) : failure;
  }

  /** Returns the failure of an answer that did not come to its end. */
  synchronized FetchException cutOff(String how, Throwable reason) {
    return new FetchException(
        "%s: can't be downloaded: %s after %,d of %s%,d bytes%s"
            .formatted(
                file.address(),
                how,
                part.size(),
                file.exact() ? "" : "about ",
                file.limit(),
                part.size() > 0 ? "; the same command goes on" : ""),
        reason);
  }

  /** Called when the answer's headers have come. */
  @Override
  public synchronized BodySubscriber<Void> apply(ResponseInfo answer) {
    try {
      if (!ended) {
        accept(answer);
      }
    } catch (IOException e) {
      fail(e);
    }
    return this;
  }

  private void accept(ResponseInfo answer) throws IOException {
    HttpHeaders headers = answer.headers();
    switch (answer.statusCode()) {
      case OK -> {
        OptionalLong size = headers.firstValueAsLong("Content-Length");
        if (size.isPresent()) {
          file.requireSize(size.getAsLong());
        }
        part.restart(version(headers));
      }
      case PARTIAL -> requireRest(headers.firstValue("Content-Range").orElse("no Content-Range"));
      case BEYOND_THE_END -> {
        if (part.size() == 0) {
          throw new FetchException(file.address() + ": expected the file, found HTTP status 416");
        }
        body.complete(null); // perhaps all of it is there, which its digest will tell
      }
      default ->
          throw new FetchException(
              "%s: expected HTTP status 200, found %d%s"
                  .formatted(
                      file.address(),
                      answer.statusCode(),
                      headers
                          .firstValue("Location")
                          .map(place -> " to " + place + ", which is not followed")
                          .orElse("")));
    }
  }

  private void requireRest(String range) throws IOException {
    Matcher matcher = CONTENT_RANGE.matcher(range);
    if (!matcher.matches() || Long.parseLong(matcher.group(1)) != part.size()) {
      throw new FetchException(
          "%s: expected the bytes from %,d on, found %s"
              .formatted(file.address(), part.size(), range));
    }
    if (!matcher.group(2).equals("*")) {
      file.requireSize(Long.parseLong(matcher.group(2)));
    }
  }

  /** What If-Range takes: a strong entity tag, or else a date. */
  private static Optional<String> version(HttpHeaders headers) {
    return headers
        .firstValue("ETag")
        .filter(tag -> tag.startsWith("\""))
        .or(() -> headers.firstValue("Last-Modified"));
  }

  private void fail(IOException reason) {
    failure = reason;
    body.completeExceptionally(reason);
    end();
  }

  @Override
  public CompletionStage<Void> getBody() {
    return body;
  }

  @Override
  public synchronized void onSubscribe(Subscription given) {
    subscription = given;
    if (ended || body.isDone()) {
      given.cancel();
    } else {
      given.request(1);
    }
  }

  @Override
  public synchronized void onNext(List<ByteBuffer> bytes) {
    if (ended) {
      return;
    }
    try {
      for (ByteBuffer some : bytes) {
        if (part.size() + some.remaining() > file.limit()) {
          part.restart(Optional.empty());
          throw new FetchException(
              "%s: expected at most %,d bytes, found more; they are thrown away"
                  .formatted(file.address(), file.limit()));
        }
        part.append(some);
      }
      subscription.request(1);
    } catch (IOException e) {
      fail(e);
    }
  }

  @Override
  public void onError(Throwable reason) {
    body.completeExceptionally(reason);
  }

  @Override
  public void onComplete() {
    body.complete(null);
  }
}
