package io.github.deit4j.export;

import io.github.deit4j.device.Backend;
import io.github.deit4j.modelfile.BatchCounters;
import io.github.deit4j.modelfile.ModelFamilies;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.ModelFamily;
import io.github.deit4j.nn.TensorNames;
import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Forms in which other programs take a model. */
public enum ExportFormat {
  /** One safetensors file with timm's tensor names and deit4j's metadata. */
  TIMM,
  /** One safetensors file with torchvision's tensor names and deit4j's metadata; of a RegNetY. */
  TORCHVISION,
  /** A folder as on the Hugging Face hub: configuration, preprocessing and weights. */
  HUGGINGFACE,
  /**
   * One ONNX file (operator set 17): the evaluation of normalised images in batches of any size.
   *
   * <p>Input {@code images}: [batch, channels, size, size], float32, normalised with mean and
   * deviation of the metadata. Output {@code logits}: [batch, classes], of a distilled model the
   * mean of both heads' logits, as the reference model has it in evaluation; that one's {@code
   * class_logits} and {@code distillation_logits} follow.
   */
  ONNX;

  /** Returns the name on the command line. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns why the format has no place for a model, if it hasn't. */
  public Optional<String> refusal(ModelConfig config) {
    try {
      switch (this) {
        case TORCHVISION -> torchvision(config.family());
        case HUGGINGFACE -> config.huggingFace();
        case TIMM, ONNX -> {}
      }
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(e.getMessage());
    }
  }

  /**
   * Writes a model; where the format counts the batches that a batch normalisation has seen, 0.
   *
   * @param out the file to create or replace; for {@link #HUGGINGFACE} a folder
   * @throws CannotWriteException if it cannot be written
   * @throws IllegalArgumentException if the format has no place for the model, see {@link #refusal}
   */
  public void write(Path out, Backend backend, Model model, ModelInfo info) throws IOException {
    write(out, backend, model, info, BatchCounters.of(model));
  }

  /**
   * Writes a model.
   *
   * @param out the file to create or replace; for {@link #HUGGINGFACE} a folder
   * @param batchCounters from {@link BatchCounters}
   * @throws CannotWriteException if it cannot be written
   * @throws IllegalArgumentException if the format has no place for the model, see {@link #refusal}
   */
  public void write(
      Path out, Backend backend, Model model, ModelInfo info, Map<String, Long> batchCounters)
      throws IOException {
    var tensors = new ExportedTensors(backend, model, batchCounters);
    Map<String, String> metadata = info.toMetadata();
    switch (this) {
      case TIMM -> SafetensorsWriter.write(out, metadata, tensors.entries(TensorNames.TIMM));
      case TORCHVISION ->
          SafetensorsWriter.write(
              out, metadata, tensors.entries(torchvision(info.config().family())));
      case HUGGINGFACE -> new HuggingFaceExport(tensors, info).write(out);
      case ONNX -> model.toOnnx(backend).write(out, metadata);
    }
  }

  private static TensorNames torchvision(ModelFamily family) {
    if (family.torchvision().isPresent()) {
      return family.torchvision().get();
    }
    String others =
        ModelFamilies.ALL.stream()
            .filter(other -> other.torchvision().isPresent())
            .map(ModelFamily::name)
            .collect(Collectors.joining(", "));
    throw new IllegalArgumentException(
        "torchvision has no %s, only %s".formatted(family.name(), others));
  }
}
