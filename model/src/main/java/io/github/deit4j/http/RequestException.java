package io.github.deit4j.http;

/** A request cannot be answered as its client wants. */
public final class RequestException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * Creates the exception.
   *
   * @param status of the answer, 4xx or 5xx
   * @param message for the client: what was expected, what was found
   */
  public RequestException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** Returns the status of the answer. */
  public int status() {
    return status;
  }
}
