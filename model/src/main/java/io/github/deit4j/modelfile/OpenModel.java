package io.github.deit4j.modelfile;

import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.ModelFamily;
import io.github.deit4j.nn.TensorNames;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.RenamedWeights;
import io.github.deit4j.weights.TensorInfo;
import io.github.deit4j.weights.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A model's opened weights.
 *
 * @param weights its tensors under timm's names
 * @param info what is known beside them
 * @param warnings what is probably wrong, for people
 */
record OpenModel(WeightFile weights, ModelInfo info, List<String> warnings)
    implements AutoCloseable {
  private static final List<String> WEIGHTS_IN_FOLDER =
      List.of("model.safetensors", "pytorch_model.bin");

  /**
   * Opens a file, or a folder with a weight file: a run's, or one of the Hugging Face hub.
   *
   * @throws FormatException if it is malformed or describes no model
   */
  static OpenModel open(ModelSource source) throws IOException {
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
      throw new FormatException(file.path(), "a model's tensors: " + landmarks(), "none of these");
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

  private static OpenModel describe(WeightFile file, ModelFamily family, ModelSource source)
      throws IOException {
    return Files.isDirectory(source.path())
            && HuggingFaceFolder.isOne(source.path())
            && !ModelMetadata.isIn(file)
        ? new HuggingFaceFolder(source.path(), file, family).describe(source.heads())
        : new OpenModel(file, ModelMetadata.read(file, family, source.heads()), List.of());
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
  static Path weightFile(Path path) throws FormatException {
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

  @Override
  public void close() {
    weights.close();
  }
}
