package io.github.deit4j.bench.suite;

import java.io.IOException;
import java.nio.file.Path;

/** Writes a report in one form. */
@FunctionalInterface
public interface ReportWriter {
  /**
   * Writes a file of its own name into the folder.
   *
   * @throws io.github.deit4j.weights.CannotWriteException if the file cannot be written
   */
  void write(SuiteReport report, Path folder) throws IOException;
}
