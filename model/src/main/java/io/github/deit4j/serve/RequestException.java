package io.github.deit4j.serve;

/** A request cannot be answered as its client wants. */
final class RequestException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * Creates the exception.
   *
   * @param status of the answer, 4xx or 5xx
   * @param message for the client: what was expected, what was found
   */
  RequestException(int status, String message) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }
}
