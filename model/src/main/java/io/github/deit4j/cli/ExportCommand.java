package io.github.deit4j.cli;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.export.ExportFormat;
import io.github.deit4j.modelfile.BatchCounters;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.ModelConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Writes a model for other programs. */
@Command(
    name = "export",
    description = {
      "Writes a model for other programs.",
      "timm: one safetensors file with timm's tensor names.",
      "torchvision: the same with torchvision's, of a RegNetY.",
      "huggingface: a folder for Hugging Face's transformers.",
      "onnx: one file; its first output, logits, is of a distilled model the mean of both heads'"
          + " logits, and those follow."
    })
final class ExportCommand extends Subcommand {
  @Mixin private Options.Weights weights;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      required = true,
      converter = FormatConverter.class,
      description = "timm, torchvision, huggingface or onnx.")
  private ExportFormat format;

  @Option(
      names = "--out",
      paramLabel = "PATH",
      required = true,
      description = "File to write; for huggingface a folder, new or empty.")
  private Path out;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (format == ExportFormat.HUGGINGFACE) {
      OutputFolder.requireEmpty(out);
    }
    weights.locate(this);
    requirePlace();
    weights.warn(terminal);
    try (Backend backend = Backends.select("cpu", 0).backend();
        SavedModel.Loaded loaded = SavedModel.load(weights.source(), backend)) {
      Map<String, Long> batchCounters = BatchCounters.read(weights.source(), loaded.model());
      format.write(out, backend, loaded.model(), loaded.info(), batchCounters);
    }
    terminal.say("wrote " + out);
    return ExitCode.OK;
  }

  private void requirePlace() throws IOException {
    ModelConfig config = SavedModel.readInfo(weights.source()).config();
    Optional<String> reason = format.refusal(config);
    if (reason.isPresent()) {
      String others =
          Stream.of(ExportFormat.values())
              .filter(each -> each.refusal(config).isEmpty())
              .map(ExportFormat::id)
              .collect(Collectors.joining(", "));
      throw new UsageException(
          "--format: expected one of %s for the model of %s, found %s: %s"
              .formatted(others, weights.path(), format.id(), reason.get()));
    }
  }

  /** Reads a format's name. */
  static final class FormatConverter implements ITypeConverter<ExportFormat> {
    FormatConverter() {}

    @Override
    public ExportFormat convert(String id) {
      return Stream.of(ExportFormat.values())
          .filter(format -> format.id().equals(id))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "expected timm, torchvision, huggingface or onnx, found " + id));
    }
  }
}
