package io.github.deit4j.json;

import java.io.IOException;

/** A text is not valid JSON, or a value in it is missing or has another type than expected. */
public final class JsonException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with a message that names document, key, expectation and finding. */
  public JsonException(String message) {
    super(message);
  }

  JsonException(String message, Throwable cause) {
    super(message, cause);
  }
}
