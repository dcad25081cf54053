package io.github.deit4j.cli;

import io.github.deit4j.inference.Head;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.ModelConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that name a model and the head that decides. */
final class ModelOptions {
  @Mixin private WeightsOptions weights;

  @Option(
      names = "--head",
      paramLabel = "HEAD",
      converter = HeadConverter.class,
      description = "One head: class, distillation, mean or joint.")
  private Head head;

  ModelOptions() {}

  /** Returns the file or folder. */
  Path path() {
    return weights.path();
  }

  /** Returns where the weights are. */
  ModelSource source() {
    return weights.source();
  }

  /** Says what is probably wrong with the weights. */
  void warn(Terminal terminal) throws IOException {
    weights.warn(terminal);
  }

  /** Returns the head asked for, if any. */
  Optional<Head> head() {
    return Optional.ofNullable(head);
  }

  /**
   * Reads what the file says beside the weights.
   *
   * @throws io.github.deit4j.weights.FormatException if it is malformed or describes no model
   * @throws UsageException if the model lacks the head asked for
   */
  ModelInfo readInfo() throws IOException {
    ModelInfo info = SavedModel.readInfo(source());
    requireHead(info.config());
    return info;
  }

  private void requireHead(ModelConfig config) {
    if (head != null && head != Head.CLASS && !config.distilled()) {
      throw new UsageException(
          "--head: expected class, since the model of %s has no distillation token, found %s"
              .formatted(path(), head.id()));
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
