package io.github.deit4j.modelfile;

import io.github.deit4j.nn.ModelConfig;
import java.util.List;

/**
 * All that a weight file says beside the weights.
 *
 * @param classNames names of the classes in logit order, as many as config.classes()
 */
public record ModelInfo(ModelConfig config, List<String> classNames, Preprocessing preprocessing) {
  /** Copies the names and checks their number. */
  public ModelInfo {
    classNames = List.copyOf(classNames);
    if (classNames.size() != config.classes()) {
      throw new IllegalArgumentException(
          "classNames: expected %d, found %d".formatted(config.classes(), classNames.size()));
    }
  }
}
