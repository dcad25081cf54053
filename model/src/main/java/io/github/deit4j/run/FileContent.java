package io.github.deit4j.run;

import java.io.IOException;
import java.nio.file.Path;

/** Writes one file of a checkpoint. */
@FunctionalInterface
public interface FileContent {
  /** Creates the file, which does not exist yet, with its whole content. */
  void writeTo(Path file) throws IOException;
}
