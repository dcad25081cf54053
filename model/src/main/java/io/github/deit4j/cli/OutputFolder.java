package io.github.deit4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Folders that a command fills. */
public final class OutputFolder {
  private OutputFolder() {}

  /**
   * Checks that nobody's files are in the way.
   *
   * @throws UsageException if {@code --out} is a file or a folder with something in it
   */
  public static void requireEmpty(Path out) throws IOException {
    if (!Files.exists(out)) {
      return;
    }
    if (!Files.isDirectory(out)) {
      throw new UsageException("--out: expected a new or empty folder, found the file " + out);
    }
    try (Stream<Path> entries = Files.list(out)) {
      Optional<Path> first = entries.sorted().findFirst();
      if (first.isPresent()) {
        throw new UsageException("--out: expected a new or empty folder, found " + first.get());
      }
    }
  }
}
