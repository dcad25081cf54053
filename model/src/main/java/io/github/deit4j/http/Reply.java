package io.github.deit4j.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.deit4j.json.JsonWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An answer.
 *
 * @param status of HTTP
 * @param type of the content
 * @param content the body
 * @param headers more of them
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not shared
public record Reply(int status, String type, byte[] content, Map<String, String> headers) {
  public static final int OK = 200;
  public static final int NOT_MODIFIED = 304;
  public static final int BAD_REQUEST = 400;
  public static final int FORBIDDEN = 403;
  public static final int NOT_FOUND = 404;
  public static final int METHOD_NOT_ALLOWED = 405;
  public static final int TIMEOUT = 408;
  public static final int TOO_LARGE = 413;
  public static final int WRONG_TYPE = 415;
  public static final int INTERNAL = 500;
  public static final int UNAVAILABLE = 503;

  private static final String JSON = "application/json";

  /** Returns content of a type. */
  public static Reply of(String type, byte[] content) {
    return new Reply(OK, type, content, Map.of());
  }

  /** Returns a JSON tree. */
  public static Reply json(Object tree) {
    return json(OK, tree);
  }

  /** Returns a JSON tree with another status. */
  public static Reply json(int status, Object tree) {
    return new Reply(status, JSON, JsonWriter.compact(tree).getBytes(UTF_8), Map.of());
  }

  /** Returns an error as the Open Inference Protocol has it. */
  public static Reply error(int status, String message) {
    Reply reply = json(status, JsonWriter.object("error", message));
    return status == UNAVAILABLE ? reply.with("Retry-After", "1") : reply;
  }

  /** Returns it with one more header. */
  public Reply with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Reply(status, type, content, more);
  }
}
