package io.github.deit4j.cli;

import java.io.PrintWriter;
import java.util.Map;

/** What was found in a file or folder. */
sealed interface Inspection permits WeightsInspection, RunInspection {
  /** Returns all of it as a JSON tree. */
  Map<String, Object> toJson();

  /** Prints it for people. */
  void print(PrintWriter out);
}
