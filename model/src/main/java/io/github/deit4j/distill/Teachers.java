package io.github.deit4j.distill;

import io.github.deit4j.device.Backend;
import io.github.deit4j.weights.PositionEmbedding;
import java.io.IOException;
import java.nio.file.Path;

/** Opens a teacher's file, whatever it holds. */
public final class Teachers {
  private Teachers() {}

  /**
   * Loads a trained model, DeiT or RegNetY, for images of a size, or stored logits.
   *
   * @throws io.github.deit4j.weights.FormatException if the file is malformed or none of these
   */
  public static Teacher load(
      Path path, Backend backend, int imageSize, PositionEmbedding.Method method)
      throws IOException {
    return StoredLogits.isIn(path)
        ? StoredLogits.load(path)
        : ModelTeacher.load(path, backend, imageSize, method);
  }
}
