package io.github.deit4j.cli;

import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.SavedModel;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
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

  @Mixin private HeadCountOption heads;

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
    return heads.source(weights);
  }

  /** Says what is probably wrong with the weights. */
  void warn(Terminal terminal) throws IOException {
    for (String warning : SavedModel.warnings(source())) {
      terminal.say("warning: " + warning);
    }
  }
}
