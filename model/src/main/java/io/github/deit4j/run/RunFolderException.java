package io.github.deit4j.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A folder cannot be used for a run as asked: it is not empty, belongs to another run, is in use,
 * or is no run's folder. Nothing was written.
 */
public final class RunFolderException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> differences;

  RunFolderException(Path folder, String problem) {
    super(folder + ": " + problem);
    this.differences = List.of();
  }

  RunFolderException(Path folder, List<String> differences) {
    super(
        folder
            + ": expected the settings the run began with, found other ones:\n  "
            + String.join("\n  ", differences)
            + "\nresume with the same ones, or choose another folder");
    this.differences = List.copyOf(differences);
  }

  /** Returns what differs from the run's beginning, one line each; empty for other problems. */
  public List<String> differences() {
    return differences;
  }
}
