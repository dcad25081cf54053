package io.github.deit4j.modelfile;

import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Where a model's weights are, and what tensors alone cannot tell.
 *
 * @param path the weight file or folder
 * @param heads attention heads; empty to take what the file says, or else one for every 64 channels
 */
public record ModelSource(Path path, OptionalInt heads) {
  /** Returns a source that says all by itself. */
  public static ModelSource of(Path path) {
    return new ModelSource(path, OptionalInt.empty());
  }
}
