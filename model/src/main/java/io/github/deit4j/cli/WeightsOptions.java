package io.github.deit4j.cli;

import io.github.deit4j.deit.ModelSource;
import java.nio.file.Path;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** The options that name a model's weights. */
final class WeightsOptions {
  @Option(
      names = "--weights",
      paramLabel = "FILE|DIR",
      required = true,
      description =
          "The model: safetensors or PyTorch file with timm's or Hugging Face's tensor names, or a"
              + " Hugging Face folder.")
  private Path weights;

  @Option(
      names = "--heads",
      paramLabel = "N",
      description =
          "Attention heads, where the file does not tell and they are not 64 channels each.")
  private Integer heads;

  WeightsOptions() {}

  Path path() {
    return weights;
  }

  /**
   * Returns where the weights are.
   *
   * @throws UsageException if the number of heads is out of range
   */
  ModelSource source() {
    if (heads == null) {
      return ModelSource.of(weights);
    }
    if (heads < 1) {
      throw new UsageException("--heads: expected 1 or more, found " + heads);
    }
    return new ModelSource(weights, OptionalInt.of(heads));
  }
}
