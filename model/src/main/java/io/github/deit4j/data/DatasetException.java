package io.github.deit4j.data;

import java.io.IOException;

/** A data set is missing, incomplete, or not of the format it should have. */
public class DatasetException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception with a message that names the thing, expectation, finding and remedy.
   *
   * @param format the message as it is if there are no arguments
   */
  public DatasetException(String format, Object... arguments) {
    super(arguments.length == 0 ? format : format.formatted(arguments));
  }

  /** Creates the exception with the error underneath. */
  public DatasetException(String message, Throwable cause) {
    super(message, cause);
  }
}
