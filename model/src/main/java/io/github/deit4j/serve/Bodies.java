package io.github.deit4j.serve;

import io.github.deit4j.http.Reply;
import io.github.deit4j.http.RequestException;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/** Reads the bodies of requests: each within its limit and time, all within one limit of memory. */
final class Bodies {
  private final InputBudget budget;
  private final AtomicLong held = new AtomicLong();

  Bodies(InputBudget budget) {
    this.budget = budget;
  }

  /** A body that is held until closed. */
  final class Body implements AutoCloseable {
    private final byte[] bytes;

    private Body(byte[] bytes) {
      this.bytes = bytes;
    }

    byte[] bytes() {
      return bytes;
    }

    @Override
    public void close() {
      held.addAndGet(-bytes.length);
    }
  }

  /** Returns the bytes of all bodies that are held. */
  long held() {
    return held.get();
  }

  /**
   * Reads a request's whole body.
   *
   * @param deadline by when it must be there, as {@link System#nanoTime} has it
   * @throws RequestException if it is too large, comes too slowly, or breaks off
   */
  Body read(Request request, long deadline) throws RequestException, InterruptedException {
    requireSize(Math.max(0, request.getLength()));
    Reader reader = new Reader(request);
    reader.run();
    try {
      reader.whole.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      return read(reader);
    } catch (TimeoutException e) {
      if (reader.giveUp()) {
        throw tooSlow();
      }
      return read(reader); // It ended at the last moment.
    } catch (InterruptedException e) {
      reader.giveUp();
      throw e;
    } catch (ExecutionException e) {
      return read(reader);
    }
  }

  private Body read(Reader reader) throws RequestException, InterruptedException {
    try {
      return new Body(reader.whole.get());
    } catch (ExecutionException e) {
      throw refusal(e.getCause());
    }
  }

  private static RequestException tooSlow() {
    return new RequestException(
        Reply.TIMEOUT, "body: expected all of it in time, found no end; send it faster");
  }

  private static RequestException refusal(Throwable failure) {
    return switch (failure) {
      case RequestException refused -> refused;
      case TimeoutException _ -> tooSlow();
      case HttpException http ->
          new RequestException(http.getCode(), "body: not valid HTTP: " + http.getReason());
      default ->
          new RequestException(
              Reply.BAD_REQUEST, "body: expected more of it, found the connection broken");
    };
  }

  private void requireSize(long bytes) throws RequestException {
    budget.require(
        Limit.REQUEST_BYTES,
        bytes,
        problem -> new RequestException(Reply.TOO_LARGE, "body: " + problem));
  }

  /** Takes what is there, and is called again when there is more. */
  private final class Reader implements Runnable {
    private final Request request;
    private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Reader(Request request) {
      this.request = request;
    }

    @Override
    public void run() {
      while (!whole.isDone()) {
        Content.Chunk chunk = request.read();
        if (chunk == null) {
          request.demand(this);
          return;
        }
        if (Content.Chunk.isFailure(chunk)) {
          fail(chunk.getFailure());
          return;
        }
        try {
          take(chunk.getByteBuffer(), chunk.isLast());
        } catch (RequestException e) {
          fail(e);
        } finally {
          chunk.release();
        }
      }
    }

    private synchronized void take(ByteBuffer part, boolean last) throws RequestException {
      int length = part.remaining();
      if (whole.isDone()) {
        return;
      }
      requireSize((long) bytes.size() + length);
      byte[] copy = new byte[length];
      part.get(copy);
      bytes.writeBytes(copy);
      budget.require(
          Limit.ALL_REQUESTS_BYTES,
          held.addAndGet(length),
          _ ->
              new RequestException(
                  Reply.UNAVAILABLE, "the bodies of other requests fill the memory; try again"));
      if (last) {
        whole.complete(bytes.toByteArray());
      }
    }

    private synchronized boolean fail(Throwable failure) {
      boolean failed = whole.completeExceptionally(failure);
      if (failed) {
        held.addAndGet(-bytes.size());
      }
      return failed;
    }

    /** Takes nothing more; returns false if all of it is there. */
    boolean giveUp() {
      return fail(new TimeoutException());
    }
  }
}
