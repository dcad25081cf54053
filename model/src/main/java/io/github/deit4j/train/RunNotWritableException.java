package io.github.deit4j.train;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * A run's folder or a checkpoint in it cannot be written: no permission, disk full, a file in the
 * way. What was there before is still there.
 */
public final class RunNotWritableException extends IOException {
  private static final long serialVersionUID = 1L;

  RunNotWritableException(Path path, IOException cause) {
    super(
        "cannot write " + path + ": " + reason(cause) + "; choose a writable place with free space",
        cause);
  }

  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException _ -> "permission denied";
      case FileAlreadyExistsException f -> f.getFile() + " is not a folder";
      case FileSystemException f when f.getReason() != null -> f.getReason();
      default -> e.getMessage() == null ? e.toString() : e.getMessage();
    };
  }
}
