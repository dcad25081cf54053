package io.github.deit4j.distill;

import io.github.deit4j.backend.Backend;
import java.io.IOException;
import java.nio.file.Path;

/** Opens a teacher's file, whatever it holds. */
public final class Teachers {
  private Teachers() {}

  /**
   * Loads a trained model, DeiT or RegNetY, or stored logits.
   *
   * @throws io.github.deit4j.weights.FormatException if the file is malformed or none of these
   */
  public static Teacher load(Path path, Backend backend) throws IOException {
    return StoredLogits.isIn(path) ? StoredLogits.load(path) : ModelTeacher.load(path, backend);
  }
}
