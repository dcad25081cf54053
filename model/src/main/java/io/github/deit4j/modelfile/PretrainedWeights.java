package io.github.deit4j.modelfile;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.TokenLayout;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.PositionEmbedding;
import io.github.deit4j.weights.WeightFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Weights of a trained model as the start of another one, for images of another size or for other
 * classes: a position embedding is resized, and the heads are left as the new model has them. What
 * else may differ, the family says.
 *
 * @param source the trained model
 * @param method how the position embedding is resized
 * @param replaceHead whether to leave the heads even if the classes are the same
 */
public record PretrainedWeights(
    ModelSource source, PositionEmbedding.Method method, boolean replaceHead) {

  /** What of a trained model is used, and how. Both are of one family. */
  private record Fit(ModelConfig from, ModelConfig to, boolean keepsHeads) {
    List<String> notes() {
      List<String> notes = new ArrayList<>();
      if (isResized()) {
        notes.add(
            "position embedding resized from %1$d × %1$d to %2$d × %2$d"
                .formatted(layout(from).patchesPerSide(), layout(to).patchesPerSide()));
      }
      Map<String, Object> before = from.toJson();
      Map<String, Object> now = to.toJson();
      for (String key : now.keySet()) {
        if (!RESIZED.contains(key) && !before.get(key).equals(now.get(key))) {
          notes.add(
              "%s %s before, %s now"
                  .formatted(key.replace('-', ' '), before.get(key), now.get(key)));
        }
      }
      if (!keepsHeads) {
        notes.add(
            "heads replaced: %d classes before, %d now".formatted(from.classes(), to.classes()));
      }
      return notes;
    }

    boolean isResized() {
      return from.tokenLayout().isPresent()
          && layout(from).patchesPerSide() != layout(to).patchesPerSide();
    }

    boolean takes(String tensor) {
      return keepsHeads || !from.family().isOfHead(tensor);
    }
  }

  /** What differs with the images' size and the classes, which have notes of their own. */
  private static final Set<String> RESIZED = Set.of("image-size", "classes");

  private static TokenLayout layout(ModelConfig config) {
    return config.tokenLayout().orElseThrow();
  }

  /**
   * Loads a model for inference on images of another size than it was trained for.
   *
   * @throws FormatException if the file is malformed, describes no model, or its patches do not
   *     divide images of this size
   */
  public static SavedModel.Loaded loadResized(
      ModelSource source, Backend backend, int imageSize, PositionEmbedding.Method method)
      throws IOException {
    ModelInfo info = resized(source, SavedModel.readInfo(source), imageSize);
    var weights = new PretrainedWeights(source, method, false);
    return SavedModel.create(info, backend, model -> weights.copyTo(model, info, backend));
  }

  private static ModelInfo resized(ModelSource source, ModelInfo info, int imageSize)
      throws FormatException {
    try {
      return new ModelInfo(
          info.config().withImageSize(imageSize),
          info.classNames(),
          info.preprocessing().withSize(imageSize));
    } catch (IllegalArgumentException e) {
      throw new FormatException(
          source.path(), "not for images of " + imageSize + " pixels: " + e.getMessage());
    }
  }

  /**
   * Checks that a model can start from these weights.
   *
   * @param info the model to be
   * @return what will not be as in the file, for people
   * @throws FormatException if the file is malformed, its model has other sizes (image size and
   *     number of classes may differ), or as many classes with other names
   */
  public List<String> check(ModelInfo info) throws IOException {
    try (SavedModel file = open(info)) {
      return fit(file, info).notes();
    }
  }

  /**
   * Copies the weights to a model.
   *
   * @param model initialised; what is not in the file stays as it is
   * @param info describes the model
   * @throws FormatException as {@link #check}; the model is unchanged then
   */
  public void copyTo(Model model, ModelInfo info, Backend backend) throws IOException {
    try (SavedModel file = open(info)) {
      Fit fit = fit(file, info);
      Map<String, Tensor> tensors = model.tensors();
      file.weights().requireTensors(shapes(tensors, fit.from()));
      for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
        if (fit.takes(entry.getKey())) {
          float[] values = values(file.weights(), entry.getKey(), fit);
          backend.write(entry.getValue(), MemorySegment.ofArray(values));
        }
      }
    }
  }

  /** Where the file does not tell the number of heads, the new model does. */
  private SavedModel open(ModelInfo info) throws IOException {
    Optional<TokenLayout> layout = info.config().tokenLayout();
    return SavedModel.open(
        source.heads().isEmpty() && layout.isPresent()
            ? new ModelSource(source.path(), OptionalInt.of(layout.get().heads()))
            : source);
  }

  private Fit fit(SavedModel file, ModelInfo info) throws FormatException {
    ModelConfig from = file.info().config();
    ModelConfig to = info.config();
    if (!from.family().equals(to.family())) {
      throw file.weights().error("a " + to.family().name(), "a " + from.family().name());
    }
    requireSameSizes(file.weights().path(), from, to);
    if (replaceHead || from.classes() != to.classes()) {
      return new Fit(from, to, false);
    }
    List<String> differences = ClassNames.differences(file.info().classNames(), info.classNames());
    if (!differences.isEmpty()) {
      throw file.weights()
          .error(
              "the classes of the data, or else replace-head: true",
              "others:\n  " + String.join("\n  ", differences));
    }
    return new Fit(from, to, true);
  }

  private static void requireSameSizes(Path file, ModelConfig from, ModelConfig to)
      throws FormatException {
    Map<String, String> expected = ModelInfo.sizes(to);
    Map<String, String> found = ModelInfo.sizes(from);
    for (String key : from.family().tunable()) {
      expected.remove(ModelInfo.MODEL + key);
    }
    expected.entrySet().removeAll(found.entrySet());
    found.keySet().retainAll(expected.keySet());
    if (!expected.isEmpty()) {
      throw new FormatException(file, "a model like the one to be, with " + expected, "" + found);
    }
  }

  /** The shapes that the file must have: the model's, but for what may differ. */
  private static Map<String, Shape> shapes(Map<String, Tensor> tensors, ModelConfig from) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          int[] sizes = tensor.shape().sizes();
          if (name.equals(TokenLayout.POSITIONS)) {
            sizes[1] = layout(from).positions();
          } else if (from.family().isOfHead(name)) {
            sizes[0] = from.classes();
          }
          shapes.put(name, Shape.of(sizes));
        });
    return shapes;
  }

  private float[] values(WeightFile file, String name, Fit fit) throws FormatException {
    float[] values = file.floats(name);
    if (!name.equals(TokenLayout.POSITIONS) || !fit.isResized()) {
      return values;
    }
    TokenLayout from = layout(fit.from());
    int width = values.length / from.positions();
    return PositionEmbedding.resize(
        values, from.positionedPrefix(), grid(from), grid(layout(fit.to())), width, method);
  }

  private static PositionEmbedding.PatchGrid grid(TokenLayout layout) {
    return new PositionEmbedding.PatchGrid(layout.patchesPerSide(), layout.patchesPerSide());
  }
}
