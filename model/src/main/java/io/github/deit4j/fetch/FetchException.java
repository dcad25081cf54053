package io.github.deit4j.fetch;

import java.io.IOException;

/** Files can't be fetched: the network or a source of files is not available. */
public final class FetchException extends IOException {
  private static final long serialVersionUID = 1L;

  FetchException(String message) {
    super(message);
  }

  FetchException(String message, Throwable cause) {
    super(message, cause);
  }
}
