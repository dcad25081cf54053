package io.github.deit4j.modelfile;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.ModelFamily;
import io.github.deit4j.nn.TensorNames;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.RenamedWeights;
import io.github.deit4j.weights.SafetensorsWriter;
import io.github.deit4j.weights.TensorInfo;
import io.github.deit4j.weights.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A model's weights in files. Written are safetensors files with timm's tensor names, whose
 * metadata says all that is needed to use them. Read are also PyTorch files, Hugging Face's names,
 * and its folders.
 *
 * @param weights an opened file's tensors under timm's names
 * @param info what is known beside them
 * @param warnings what is probably wrong, for people
 */
public record SavedModel(WeightFile weights, ModelInfo info, List<String> warnings)
    implements AutoCloseable {
  private static final List<String> WEIGHTS_IN_FOLDER =
      List.of("model.safetensors", "pytorch_model.bin");

  /**
   * Opens a file, or a folder with a weight file: a run's, or one of the Hugging Face hub.
   *
   * @throws FormatException if it is malformed or describes no model
   */
  public static SavedModel open(ModelSource source) throws IOException {
    WeightFile file = WeightFile.open(weightFile(source.path()));
    try {
      Set<String> tensors = file.tensors().keySet();
      for (ModelFamily family : ModelFamilies.ALL) {
        Optional<TensorNames> names = family.recognize(tensors);
        if (names.isPresent()) {
          if (!names.get().equals(TensorNames.TIMM)) {
            file = new RenamedWeights(file, names.get().byTimmName(tensors));
          }
          return describe(file, family, source);
        }
      }
      throw file.error("a model's tensors: " + landmarks(), "none of these");
    } catch (IllegalArgumentException e) {
      file.close();
      throw new FormatException(source.path(), e.getMessage());
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static String landmarks() {
    return ModelFamilies.ALL.stream()
        .map(family -> "%s (%s)".formatted(family.landmark(), family.name()))
        .collect(Collectors.joining(", "));
  }

  private static SavedModel describe(WeightFile file, ModelFamily family, ModelSource source)
      throws IOException {
    return Files.isDirectory(source.path())
            && HuggingFaceFolder.isOne(source.path())
            && !ModelInfo.isIn(file)
        ? new HuggingFaceFolder(source.path(), file, family).describe(source.heads())
        : new SavedModel(file, ModelInfo.read(file, family, source.heads()), List.of());
  }

  /**
   * Infers a model's sizes from its tensors.
   *
   * @param file with timm's names
   */
  static ModelConfig infer(WeightFile file, ModelFamily family, OptionalInt heads)
      throws FormatException {
    try {
      return family.infer(shapes(file), heads);
    } catch (IllegalArgumentException e) {
      throw new FormatException(
          file.path(),
          "the sizes inferred from its tensors fit no %s: %s"
              .formatted(family.name(), e.getMessage()));
    }
  }

  static Function<String, Shape> shapes(WeightFile file) {
    return name -> {
      TensorInfo tensor = file.tensors().get(name);
      return tensor == null ? null : tensor.shape();
    };
  }

  /**
   * Returns the file with a model's weights: the path itself, or the file in that folder.
   *
   * @throws FormatException if a folder has none
   */
  public static Path weightFile(Path path) throws FormatException {
    if (!Files.isDirectory(path)) {
      return path;
    }
    return WEIGHTS_IN_FOLDER.stream()
        .map(path::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(
            () -> new FormatException(path, "a folder with model.safetensors in it", "none"));
  }

  /** A model from a file, the caller's to close, and what the file says beside the weights. */
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
    try (SavedModel file = SavedModel.open(source)) {
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
    try (SavedModel file = SavedModel.open(source)) {
      return file.warnings();
    }
  }

  /**
   * Loads a model for inference.
   *
   * @throws FormatException if the file is malformed or describes no model, or tensors are missing,
   *     too many or of another shape: lists them all, and nothing is loaded
   */
  public static Loaded load(ModelSource source, Backend backend) throws IOException {
    try (SavedModel file = SavedModel.open(source)) {
      refuseFarTooLarge(file.weights, file.info.config());
      return create(
          file.info, backend, model -> readTensors(file.weights, backend, model.tensors()));
    }
  }

  /** Gives a new model its weights. */
  interface Filler {
    void fill(Model model) throws IOException;
  }

  /** Returns a filled model for inference. */
  static Loaded create(ModelInfo info, Backend backend, Filler filler) throws IOException {
    Model model = info.config().create(backend, false, 0);
    try {
      filler.fill(model);
      model.prepare(backend);
      return new Loaded(model, info);
    } catch (IOException | RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** Sizes in a file must not make this process reserve what the file cannot fill. */
  private static void refuseFarTooLarge(WeightFile file, ModelConfig config) throws IOException {
    long bytes = Files.size(file.path());
    if (config.parameterCount() > bytes) {
      throw file.error(
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

  /** Writes a model and what belongs to it. The bytes depend on these alone. */
  public static void save(Path path, Backend backend, Model model, ModelInfo info)
      throws IOException {
    writeTensors(path, backend, info.toMetadata(), model.tensors());
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

  /** Closes the file. */
  @Override
  public void close() {
    weights.close();
  }
}
