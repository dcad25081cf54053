package io.github.deit4j.http;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Finds who answers a request, and turns what goes wrong into an answer. */
public final class Routes extends Handler.Abstract {
  private static final System.Logger LOG = System.getLogger(Routes.class.getName());
  private static final String GET = "GET";
  private static final String POST = "POST";

  private final Map<String, Map<String, Endpoint>> endpoints = new TreeMap<>();
  private final long timeoutNanos;
  private final SlowConnections connections;
  private AnswerListener listener = (path, status, nanos) -> {};
  private Function<Throwable, Optional<Reply>> failures = _ -> Optional.empty();

  Routes(Duration timeout, SlowConnections connections) {
    this.timeoutNanos = timeout.toNanos();
    this.connections = connections;
  }

  /** Hears of every answer. */
  @FunctionalInterface
  public interface AnswerListener {
    /**
     * An answer has gone out.
     *
     * @param path one of the routes, or {@code other}
     * @param status of HTTP
     * @param nanos since the request's header was there
     */
    void answered(String path, int status, long nanos);
  }

  /** Adds a path that is read. */
  public void get(String path, Endpoint endpoint) {
    endpoints.put(path, Map.of(GET, endpoint, "HEAD", endpoint));
  }

  /** Adds a path to which something is sent. */
  public void post(String path, Endpoint endpoint) {
    endpoints.put(path, Map.of(POST, endpoint));
  }

  /** Sets who hears of every answer. */
  public void onAnswer(AnswerListener hears) {
    listener = hears;
  }

  /**
   * Sets how failures are answered that the endpoints throw; empty for one that is a defect. {@link
   * RequestException}s and want of memory are known here.
   */
  public void onFailure(Function<Throwable, Optional<Reply>> answer) {
    failures = answer;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    var connection = request.getConnectionMetaData().getConnection();
    connections.begin(connection);
    long begin = request.getBeginNanoTime();
    // While an image waits for its turn nothing moves on the connection, and that is right so.
    request.addIdleTimeoutListener(_ -> false);
    String path = Request.getPathInContext(request);
    Reply reply = answer(path, new Exchange(request, System.nanoTime() + timeoutNanos));
    Request.addCompletionListener(
        request,
        _ -> {
          connections.end(connection);
          String known = endpoints.containsKey(path) ? path : "other";
          listener.answered(known, reply.status(), System.nanoTime() - begin);
        });
    boolean unread = reply.status() >= Reply.BAD_REQUEST && request.getLength() != 0;
    JsonErrors.write(unread ? reply.with("Connection", "close") : reply, response, callback);
    return true;
  }

  private Reply answer(String path, Exchange exchange) {
    try {
      Map<String, Endpoint> methods = endpoints.get(path);
      if (methods == null) {
        return Reply.error(
            Reply.NOT_FOUND,
            "expected one of the paths %s, found %s"
                .formatted(endpoints.keySet(), Exchange.excerpt(path)));
      }
      Endpoint endpoint = methods.get(exchange.request().getMethod());
      if (endpoint == null) {
        String allowed = methods.containsKey(GET) ? GET : POST;
        String found = Exchange.excerpt(exchange.request().getMethod());
        return Reply.error(
                Reply.METHOD_NOT_ALLOWED, "expected %s, found %s".formatted(allowed, found))
            .with("Allow", allowed);
      }
      return endpoint.answer(exchange);
    } catch (ExecutionException e) {
      return failure(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Reply.error(Reply.UNAVAILABLE, "the server is stopping");
    } catch (Exception | OutOfMemoryError e) {
      return failure(e);
    }
  }

  private Reply failure(Throwable failure) {
    return switch (failure) {
      case RequestException e -> Reply.error(e.status(), e.getMessage());
      case OutOfMemoryError e -> outOfMemory(e);
      default -> failures.apply(failure).orElseGet(() -> defect(failure));
    };
  }

  private static Reply defect(Throwable failure) {
    LOG.log(Level.ERROR, "a request failed", failure);
    return Reply.error(Reply.INTERNAL, "a defect of the server; its log tells more");
  }

  /** Answers that there was no memory, and logs it. */
  public static Reply outOfMemory(Throwable failure) {
    LOG.log(Level.WARNING, "a request found no memory: {0}", failure.getMessage());
    return Reply.error(Reply.UNAVAILABLE, "not enough memory at the moment; try again later");
  }
}
