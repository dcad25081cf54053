package io.github.deit4j.run;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A folder cannot be used for a run as asked: it is not empty, belongs to another run, is in use,
 * or is no run's folder. Nothing was written.
 */
public final class RunFolderException extends IOException {
  private static final long serialVersionUID = 1L;

  RunFolderException(Path folder, String problem) {
    super(folder + ": " + problem);
  }
}
