package io.github.deit4j.modelfile;

import io.github.deit4j.regnet.RegNetNames;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.RenamedWeights;
import io.github.deit4j.weights.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A model's opened weights.
 *
 * @param weights its tensors under timm's names
 * @param info what is known beside them
 * @param warnings what is probably wrong, for people
 */
public record OpenModel(WeightFile weights, ModelInfo info, List<String> warnings)
    implements AutoCloseable {
  private static final List<String> WEIGHTS_IN_FOLDER =
      List.of("model.safetensors", "pytorch_model.bin");

  /**
   * Opens a file, or a folder with a weight file: a run's, or one of the Hugging Face hub.
   *
   * @throws FormatException if it is malformed or describes no DeiT
   */
  public static OpenModel open(ModelSource source) throws IOException {
    WeightFile file = underTimmNames(WeightFile.open(weightFile(source.path())));
    try {
      return Files.isDirectory(source.path())
              && HuggingFaceFolder.isOne(source.path())
              && !ModelMetadata.isIn(file)
          ? new HuggingFaceFolder(source.path()).describe(file, source.heads())
          : new OpenModel(file, ModelMetadata.read(file, source.heads()), List.of());
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
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

  private static WeightFile underTimmNames(WeightFile file) throws FormatException {
    try {
      Set<String> tensors = file.tensors().keySet();
      Optional<RegNetNames> regNet = RegNetNames.recognize(tensors);
      if (regNet.isPresent()) {
        return new RenamedWeights(file, regNet.get().byTimmName(tensors));
      }
      Optional<HuggingFaceNames> names = HuggingFaceNames.recognize(tensors);
      if (names.equals(Optional.of(HuggingFaceNames.DEIT))
          && tensors.contains("classifier.weight")) {
        throw new FormatException(
            file.path(),
            "the two heads of DeiTForImageClassificationWithTeacher, or the one of"
                + " ViTForImageClassification",
            "DeiTForImageClassification, which has a distillation token without a head");
      }
      return names.isEmpty() ? file : new RenamedWeights(file, names.get().byTimmName(tensors));
    } catch (FormatException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
