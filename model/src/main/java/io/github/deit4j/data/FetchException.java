package io.github.deit4j.data;

import java.io.IOException;

/** A source doesn't give its files; another one may. */
final class FetchException extends IOException {
  private static final long serialVersionUID = 1L;

  FetchException(String message) {
    super(message);
  }

  FetchException(String message, Throwable cause) {
    super(message, cause);
  }
}
