package io.github.deit4j.run;

import io.github.deit4j.json.JsonValue;
import java.nio.file.Path;

/**
 * A checkpoint whose files have passed their checks.
 *
 * @param step optimizer steps done
 * @param folder the folder with its files
 * @param best whether it was the best so far when it was saved
 * @param state what was saved beside the files
 */
public record Checkpoint(long step, Path folder, boolean best, JsonValue state) {
  /** Returns the path of one of its files, such as {@code model.safetensors}. */
  public Path file(String name) {
    return folder.resolve(name);
  }
}
