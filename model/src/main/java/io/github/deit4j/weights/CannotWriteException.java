package io.github.deit4j.weights;

import java.io.IOException;
import java.nio.file.Path;

/** A file could not be written safely. It holds its old content or the whole new one. */
public final class CannotWriteException extends IOException {
  private static final long serialVersionUID = 1L;

  CannotWriteException(Path target, String reason, Throwable cause) {
    super(
        "cannot write "
            + target
            + ": "
            + reason
            + "; choose a file in an existing, writable folder with free space",
        cause);
  }
}
