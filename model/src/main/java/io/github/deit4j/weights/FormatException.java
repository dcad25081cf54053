package io.github.deit4j.weights;

import java.io.IOException;
import java.nio.file.Path;

/** A file's content is not what its format or its use demands: bad data, not a failed read. */
public class FormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception for something expected in a file and something else found. */
  public FormatException(Path file, String expected, String found) {
    this(file, "expected " + expected + ", found " + found);
  }

  /** Creates the exception for a problem: what was expected, what was found, and where. */
  public FormatException(Path file, String problem) {
    super(file + ": " + problem);
  }

  FormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
