package io.github.deit4j.deit;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.backend.Backend;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.regnet.RegNetNames;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.SafetensorsFile;
import io.github.deit4j.weights.SafetensorsWriter;
import io.github.deit4j.weights.WeightNames;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model's weights as a safetensors file with timm's tensor names, whose metadata says all that is
 * needed to use them.
 */
public final class DeiTFile {
  private DeiTFile() {}

  /**
   * A model from a file.
   *
   * @param model the model, the caller's to close
   * @param info what the file says beside the weights
   */
  public record Loaded(Model model, ModelInfo info) {}

  /**
   * Reads a file's metadata.
   *
   * @throws io.github.deit4j.weights.FormatException if the file is malformed or describes no model
   */
  public static ModelInfo readInfo(Path path) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return ModelMetadata.read(file);
    }
  }

  /**
   * Loads a model for inference.
   *
   * @throws io.github.deit4j.weights.FormatException if the file is malformed or describes no model
   * @throws io.github.deit4j.weights.WeightMismatchException if tensors are missing, too many or of
   *     another shape; lists them all, and nothing is loaded
   */
  public static Loaded load(Path path, Backend backend) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      ModelInfo info = ModelMetadata.read(file);
      refuseFarTooLarge(file, info.config());
      Model model = info.config().create(backend, false, 0);
      try {
        readTensors(file, backend, inNamesOf(file, values(model)));
        model.prepare(backend);
        return new Loaded(model, info);
      } catch (IOException | RuntimeException e) {
        model.close();
        throw e;
      }
    }
  }

  /** A RegNetY's file may have other libraries' names for its tensors. */
  private static Map<String, Tensor> inNamesOf(SafetensorsFile file, Map<String, Tensor> values) {
    return RegNetNames.recognize(file.tensors().keySet())
        .map(names -> names.rename(values))
        .orElse(values);
  }

  /** Sizes in a file's metadata must not make this process reserve what the file cannot fill. */
  private static void refuseFarTooLarge(SafetensorsFile file, ModelConfig config)
      throws FormatException {
    long stored =
        file.tensors().values().stream().mapToLong(tensor -> tensor.shape().elements()).sum();
    if (config.parameterCount() / 2 > stored) {
      throw new FormatException(
          file.path(),
          "about the %,d parameters that its metadata describes".formatted(config.parameterCount()),
          "%,d".formatted(stored));
    }
  }

  /** Returns the model's tensors by name, in the order of the file. */
  public static Map<String, Tensor> values(Model model) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      values.put(parameter.name(), parameter.value());
    }
    for (Parameter buffer : model.buffers()) {
      values.put(buffer.name(), buffer.value());
    }
    return values;
  }

  /**
   * Fills tensors from a file that has exactly these, of any float type.
   *
   * @throws io.github.deit4j.weights.WeightMismatchException if they differ; nothing is loaded then
   */
  public static void readTensors(SafetensorsFile file, Backend backend, Map<String, Tensor> tensors)
      throws IOException {
    Map<String, Shape> expected = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> expected.put(name, tensor.shape()));
    WeightNames.check(expected, file);
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      backend.write(entry.getValue(), MemorySegment.ofArray(file.floats(entry.getKey())));
    }
  }

  /** Writes a model and what belongs to it. The bytes depend on these alone. */
  public static void save(Path path, Backend backend, Model model, ModelInfo info)
      throws IOException {
    writeTensors(path, backend, ModelMetadata.write(info), values(model));
  }

  /** Writes tensors in their order. */
  public static void writeTensors(
      Path path, Backend backend, Map<String, String> metadata, Map<String, Tensor> tensors)
      throws IOException {
    List<SafetensorsWriter.Entry> entries = new ArrayList<>();
    tensors.forEach(
        (name, tensor) ->
            entries.add(
                SafetensorsWriter.Entry.of(
                    name, tensor.shape(), ImageBatch.toArray(backend, tensor))));
    SafetensorsWriter.write(path, metadata, entries);
  }
}
