package io.github.deit4j.cli;

import io.github.deit4j.modelfile.ModelSource;
import java.nio.file.Path;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** The option that tells what tensors cannot: the number of attention heads. */
final class HeadCountOption {
  @Option(
      names = "--heads",
      paramLabel = "N",
      description =
          "Attention heads, where the file does not tell and they are not 64 channels each.")
  private Integer heads;

  HeadCountOption() {}

  /**
   * Returns a source of weights with that number of heads.
   *
   * @throws UsageException if the number is out of range
   */
  ModelSource source(Path weights) {
    if (heads == null) {
      return ModelSource.of(weights);
    }
    if (heads < 1) {
      throw new UsageException("--heads: expected 1 or more, found " + heads);
    }
    return new ModelSource(weights, OptionalInt.of(heads));
  }
}
