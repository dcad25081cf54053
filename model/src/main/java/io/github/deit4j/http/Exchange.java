package io.github.deit4j.http;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;

/**
 * A request that is being answered.
 *
 * @param request what the client wants
 * @param deadline by when it is to be answered, as {@link System#nanoTime} has it
 */
public record Exchange(Request request, long deadline) {
  /**
   * Returns a number of the query.
   *
   * @throws RequestException if there is something else, or it is out of range
   */
  public int number(String key, int standard, int most) throws RequestException {
    Optional<String> text = parameter(key);
    if (text.isEmpty()) {
      return standard;
    }
    try {
      int number = Integer.parseInt(text.get());
      if (number >= 1 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw wrong(key, "a number from 1 to " + most, text.get());
  }

  /**
   * Returns a switch of the query, off unless it says {@code true}.
   *
   * @throws RequestException if there is something else than true or false
   */
  public boolean flag(String key) throws RequestException {
    String text = parameter(key).orElse("false");
    if (!text.equals("true") && !text.equals("false")) {
      throw wrong(key, "true or false", text);
    }
    return text.equals("true");
  }

  /**
   * Requires that the query has no other keys.
   *
   * @throws RequestException if it has
   */
  public void requireOnly(String... keys) throws RequestException {
    for (String key : query().getNames()) {
      if (!List.of(keys).contains(key)) {
        throw new RequestException(
            Reply.BAD_REQUEST,
            "query: expected only %s, found %s".formatted(List.of(keys), excerpt(key)));
      }
    }
  }

  /** Returns the name by which the client calls this server, without the port. */
  public String host() {
    return Request.getServerName(request);
  }

  /** Returns a header, empty if it is not there. */
  public String header(String name) {
    return Objects.requireNonNullElse(request.getHeaders().get(name), "");
  }

  private Optional<String> parameter(String key) throws RequestException {
    return Optional.ofNullable(query().getValue(key));
  }

  private Fields query() throws RequestException {
    try {
      return Request.extractQueryParameters(request);
    } catch (RuntimeException e) {
      throw new RequestException(
          Reply.BAD_REQUEST, "query: expected key=value in UTF-8, found something else");
    }
  }

  private static RequestException wrong(String key, String expected, String found) {
    return new RequestException(
        Reply.BAD_REQUEST, "%s: expected %s, found %s".formatted(key, expected, excerpt(found)));
  }

  /** Returns the beginning of a text from elsewhere. */
  public static String excerpt(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }

  /**
   * Requires that the body is of a type that is understood, or of none, and not compressed.
   *
   * @throws RequestException if it is another
   */
  public void requireType(String expected, List<String> types) throws RequestException {
    String encoding = request.getHeaders().get("Content-Encoding");
    if (encoding != null && !encoding.equals("identity")) {
      throw new RequestException(
          Reply.WRONG_TYPE,
          "Content-Encoding: expected none, found " + excerpt(encoding) + "; send it uncompressed");
    }
    String header = request.getHeaders().get("Content-Type");
    String type = header == null ? "" : header.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    boolean known =
        header == null
            || types.stream().anyMatch(t -> t.endsWith("/") ? type.startsWith(t) : type.equals(t));
    if (!known) {
      throw new RequestException(
          Reply.WRONG_TYPE,
          "Content-Type: expected %s, found %s".formatted(expected, excerpt(header)));
    }
  }

  /**
   * Waits for something until the deadline; gives up on it then.
   *
   * @throws RequestException if it takes longer
   * @throws ExecutionException if it fails
   */
  public <T> T await(Future<T> future)
      throws RequestException, ExecutionException, InterruptedException {
    try {
      return future.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      future.cancel(false);
      throw late();
    }
  }

  /** Returns what to throw when there was no time for an answer. */
  public static RequestException late() {
    return new RequestException(
        Reply.UNAVAILABLE, "expected an answer in time, found too much to do; try again later");
  }
}
