package io.github.deit4j.weights;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file or folder could not be written: no permission, disk full, something in the way. What was
 * there before is still there, or the whole new content is.
 */
public final class CannotWriteException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  /**
   * Creates the exception for a failed write.
   *
   * @param target what the user knows of, not a temporary file
   */
  public CannotWriteException(Path target, IOException cause) {
    this(target, reason(cause), cause);
  }

  CannotWriteException(Path target, String reason, Throwable cause) {
    super(
        "cannot write " + target + ": " + reason + "; choose a writable place with free space",
        cause);
    this.reason = reason;
  }

  // Most file system exceptions say little more than the name of the temporary file.
  private static String reason(IOException e) {
    return switch (e) {
      case CannotWriteException inner -> inner.reason;
      case NoSuchFileException _ -> "its folder does not exist";
      case AccessDeniedException _ -> "permission denied";
      case FileAlreadyExistsException f -> f.getFile() + " is in the way";
      case FileSystemException f when f.getReason() != null -> f.getReason();
      default -> e.getMessage() == null ? e.toString() : e.getMessage();
    };
  }
}
