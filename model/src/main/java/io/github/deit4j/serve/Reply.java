package io.github.deit4j.serve;

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
record Reply(int status, String type, byte[] content, Map<String, String> headers) {
  static final int OK = 200;
  static final int BAD_REQUEST = 400;
  static final int NOT_FOUND = 404;
  static final int METHOD_NOT_ALLOWED = 405;
  static final int TIMEOUT = 408;
  static final int TOO_LARGE = 413;
  static final int WRONG_TYPE = 415;
  static final int INTERNAL = 500;
  static final int UNAVAILABLE = 503;

  private static final String JSON = "application/json";

  static Reply of(String type, byte[] content) {
    return new Reply(OK, type, content, Map.of());
  }

  static Reply json(Object tree) {
    return json(OK, tree);
  }

  static Reply json(int status, Object tree) {
    return new Reply(status, JSON, JsonWriter.compact(tree).getBytes(UTF_8), Map.of());
  }

  /** Returns an error as the Open Inference Protocol has it. */
  static Reply error(int status, String message) {
    Reply reply = json(status, JsonWriter.object("error", message));
    return status == UNAVAILABLE ? reply.with("Retry-After", "1") : reply;
  }

  Reply with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Reply(status, type, content, more);
  }
}
