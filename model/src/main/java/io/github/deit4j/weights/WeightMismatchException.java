package io.github.deit4j.weights;

import java.nio.file.Path;
import java.util.List;

/** A weight file's tensors are not those that a model needs. Lists every difference. */
public final class WeightMismatchException extends FormatException {
  private static final long serialVersionUID = 1L;

  private final String[] differences;

  WeightMismatchException(Path file, List<String> differences) {
    super(
        file,
        "expected exactly the model's tensors, found %d differences:\n  %s"
            .formatted(differences.size(), String.join("\n  ", differences)));
    this.differences = differences.toArray(String[]::new);
  }

  /** Returns one line per difference, in the order of the model's parameters. */
  public List<String> differences() {
    return List.of(differences);
  }
}
