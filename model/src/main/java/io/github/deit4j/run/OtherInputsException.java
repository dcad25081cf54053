package io.github.deit4j.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A run would go on with other data, class names, teacher or weights than it began with, or from a
 * checkpoint of another run. Nothing was written.
 */
public final class OtherInputsException extends IOException {
  private static final long serialVersionUID = 1L;

  OtherInputsException(Path place, String expected, List<String> differences) {
    super(
        "%s: expected %s, found others:\n  %s\ngo on with the same ones, or choose another folder"
            .formatted(place, expected, String.join("\n  ", differences)));
  }
}
