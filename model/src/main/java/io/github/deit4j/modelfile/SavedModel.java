package io.github.deit4j.modelfile;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.SafetensorsWriter;
import io.github.deit4j.weights.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model's weights in files. Written are safetensors files with timm's tensor names, whose
 * metadata says all that is needed to use them. Read are also PyTorch files, Hugging Face's names,
 * and its folders.
 */
public final class SavedModel {
  private SavedModel() {}

  /**
   * A model from a file.
   *
   * @param model the model, the caller's to close
   * @param info what the file says beside the weights
   */
  public record Loaded(Model model, ModelInfo info) implements AutoCloseable {
    /** Frees the model. */
    @Override
    public void close() {
      model.close();
    }
  }

  /**
   * Reads what is said beside the weights.
   *
   * @throws FormatException if the file is malformed or describes no model
   */
  public static ModelInfo readInfo(ModelSource source) throws IOException {
    try (OpenModel file = OpenModel.open(source)) {
      return file.info();
    }
  }

  /**
   * Returns what is probably wrong with a model that loads, in words for people, such as a
   * normalisation other than the one it was trained with.
   *
   * @throws FormatException if the file is malformed or describes no model
   */
  public static List<String> warnings(ModelSource source) throws IOException {
    if (!Files.isDirectory(source.path())) {
      return List.of(); // only the descriptions in a folder can be wrong
    }
    try (OpenModel file = OpenModel.open(source)) {
      return file.warnings();
    }
  }

  /**
   * Returns the file that holds a model's weights.
   *
   * @param path that file, or the folder in which it is
   * @throws FormatException if a folder has none
   */
  public static Path weightFile(Path path) throws IOException {
    return OpenModel.weightFile(path);
  }

  /**
   * Loads a model for inference.
   *
   * @throws FormatException if the file is malformed or describes no model, or tensors are missing,
   *     too many or of another shape: lists them all, and nothing is loaded
   */
  public static Loaded load(ModelSource source, Backend backend) throws IOException {
    try (OpenModel file = OpenModel.open(source)) {
      ModelInfo info = file.info();
      refuseFarTooLarge(file.weights(), info.config());
      Model model = info.config().create(backend, false, 0);
      try {
        readTensors(file.weights(), backend, model.tensors());
        model.prepare(backend);
        return new Loaded(model, info);
      } catch (IOException | RuntimeException e) {
        model.close();
        throw e;
      }
    }
  }

  /** Sizes in a file must not make this process reserve what the file cannot fill. */
  private static void refuseFarTooLarge(WeightFile file, ModelConfig config) throws IOException {
    long bytes = Files.size(file.path());
    if (config.parameterCount() > bytes) {
      throw new FormatException(
          file.path(),
          "the bytes of about %,d parameters, as described".formatted(config.parameterCount()),
          "%,d bytes".formatted(bytes));
    }
  }

  /**
   * Fills tensors from a file that has exactly these, of any float type.
   *
   * @throws FormatException if they differ; nothing is loaded then
   */
  public static void readTensors(WeightFile file, Backend backend, Map<String, Tensor> tensors)
      throws IOException {
    Map<String, Shape> expected = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> expected.put(name, tensor.shape()));
    file.requireTensors(expected);
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      backend.write(entry.getValue(), file.floatMemory(entry.getKey()));
    }
  }

  /** Returns the metadata with which {@link #save} writes a model. */
  public static Map<String, String> metadata(ModelInfo info) {
    return ModelMetadata.write(info);
  }

  /** Writes a model and what belongs to it. The bytes depend on these alone. */
  public static void save(Path path, Backend backend, Model model, ModelInfo info)
      throws IOException {
    writeTensors(path, backend, metadata(info), model.tensors());
  }

  /** Writes tensors in their order. */
  public static void writeTensors(
      Path path, Backend backend, Map<String, String> metadata, Map<String, Tensor> tensors)
      throws IOException {
    List<SafetensorsWriter.Entry> entries = new ArrayList<>();
    tensors.forEach(
        (name, tensor) ->
            entries.add(SafetensorsWriter.Entry.of(name, tensor.shape(), backend.toArray(tensor))));
    SafetensorsWriter.write(path, metadata, entries);
  }
}
