package io.github.deit4j.cli;

import io.github.deit4j.deit.DeiTFile;
import io.github.deit4j.deit.Head;
import io.github.deit4j.deit.ModelInfo;
import io.github.deit4j.nn.ModelConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that name a model and the head that decides. */
final class ModelOptions {
  @Option(
      names = "--weights",
      paramLabel = "FILE",
      required = true,
      description = "The model: a safetensors file with timm's tensor names.")
  private Path weights;

  @Option(
      names = "--head",
      paramLabel = "HEAD",
      converter = HeadConverter.class,
      description = "One head: class, distillation, mean or joint.")
  private Head head;

  ModelOptions() {}

  Path weights() {
    return weights;
  }

  /** Returns the head asked for, if any. */
  Optional<Head> head() {
    return Optional.ofNullable(head);
  }

  /**
   * Reads what the file says beside the weights.
   *
   * @throws io.github.deit4j.weights.FormatException if it is malformed or describes no DeiT
   * @throws UsageException if the model lacks the head asked for
   */
  ModelInfo readInfo() throws IOException {
    ModelInfo info = DeiTFile.readInfo(weights);
    requireHead(info.config());
    return info;
  }

  private void requireHead(ModelConfig config) {
    if (head != null && head != Head.CLASS && !config.distilled()) {
      throw new UsageException(
          "--head: expected class, since the model of %s has no distillation token, found %s"
              .formatted(weights, head.id()));
    }
  }

  /** Reads a head's name. */
  static final class HeadConverter implements ITypeConverter<Head> {
    HeadConverter() {}

    @Override
    public Head convert(String id) {
      try {
        return Head.of(id);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
