package io.github.deit4j.deit;

import io.github.deit4j.backend.Backend;
import io.github.deit4j.nn.Model;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.PositionEmbedding;
import io.github.deit4j.weights.WeightFile;
import io.github.deit4j.weights.WeightNames;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * Weights of a trained model as the start of another one, for images of another size or for other
 * classes: the position embedding is resized, and the heads are left as the new model has them.
 *
 * @param source the trained model
 * @param method how the position embedding is resized
 * @param replaceHead whether to leave the heads even if the classes are the same
 */
public record PretrainedWeights(
    ModelSource source, PositionEmbedding.Method method, boolean replaceHead) {

  private static final String POSITIONS = "pos_embed";
  private static final Set<String> MAY_DIFFER = Set.of("model.image-size", "model.classes");

  /** What of a trained model is used, and how. */
  private record Fit(DeiTConfig from, DeiTConfig to, boolean keepsHeads) {
    boolean resizes() {
      return from.imageSize() != to.imageSize();
    }

    List<String> notes() {
      List<String> notes = new ArrayList<>();
      if (resizes()) {
        int old = from.imageSize() / from.patchSize();
        int now = to.imageSize() / to.patchSize();
        notes.add(
            "position embedding resized from %d × %d to %d × %d".formatted(old, old, now, now));
      }
      if (!keepsHeads) {
        notes.add(
            "heads replaced: %d classes before, %d now".formatted(from.classes(), to.classes()));
      }
      return notes;
    }
  }

  /**
   * Loads a model for inference on images of another size than it was trained for.
   *
   * @throws FormatException if the file is malformed, describes no DeiT, or its patches do not
   *     divide images of this size
   */
  public static DeiTFile.Loaded loadResized(
      ModelSource source, Backend backend, int imageSize, PositionEmbedding.Method method)
      throws IOException {
    if (!(DeiTFile.readInfo(source).config() instanceof DeiTConfig)) {
      return DeiTFile.load(source, backend); // has no position embedding
    }
    ModelInfo info = resized(source, imageSize);
    Model model = info.config().create(backend, false, 0);
    try {
      new PretrainedWeights(source, method, false).copyTo(model, info, backend);
      model.prepare(backend);
      return new DeiTFile.Loaded(model, info);
    } catch (IOException | RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private static ModelInfo resized(ModelSource source, int imageSize) throws IOException {
    ModelInfo info = DeiTFile.readInfo(source);
    Preprocessing old = info.preprocessing();
    try {
      return new ModelInfo(
          info.deitConfig(source.path()).withImageSize(imageSize),
          info.classNames(),
          new Preprocessing(
              imageSize, old.channels(), old.normalize(), old.cropRatio(), old.interpolation()));
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
    try (OpenModel file = open(info)) {
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
    try (OpenModel file = open(info)) {
      Fit fit = fit(file, info);
      Map<String, Tensor> tensors = DeiTFile.values(model);
      WeightNames.check(shapes(tensors, fit.from()), file.weights());
      for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
        if (fit.keepsHeads() || !isOfHead(entry.getKey())) {
          float[] values = values(file.weights(), entry.getKey(), fit);
          backend.write(entry.getValue(), MemorySegment.ofArray(values));
        }
      }
    }
  }

  /** Where a file does not tell the number of heads, the new model does. */
  private OpenModel open(ModelInfo info) throws IOException {
    OptionalInt heads =
        source.heads().isPresent()
            ? source.heads()
            : OptionalInt.of(info.deitConfig(source.path()).heads());
    return OpenModel.open(new ModelSource(source.path(), heads));
  }

  private Fit fit(OpenModel file, ModelInfo info) throws FormatException {
    DeiTConfig from = file.info().deitConfig(source.path());
    DeiTConfig to = info.deitConfig(source.path());
    requireSameSizes(file.weights().path(), from.toMetadata(), to.toMetadata());
    if (replaceHead || from.classes() != to.classes()) {
      return new Fit(from, to, false);
    }
    List<String> differences = ClassNames.differences(file.info().classNames(), info.classNames());
    if (!differences.isEmpty()) {
      throw new FormatException(
          file.weights().path(),
          "the classes of the data, or else replace-head: true",
          "others:\n  " + String.join("\n  ", differences));
    }
    return new Fit(from, to, true);
  }

  private static void requireSameSizes(Path file, Map<String, String> from, Map<String, String> to)
      throws FormatException {
    Map<String, String> expected = new TreeMap<>(to);
    expected.keySet().removeAll(MAY_DIFFER);
    expected.entrySet().removeAll(from.entrySet());
    Map<String, String> found = new TreeMap<>(from);
    found.keySet().retainAll(expected.keySet());
    if (!expected.isEmpty()) {
      throw new FormatException(file, "a model like the one to be, with " + expected, "" + found);
    }
  }

  private static boolean isOfHead(String name) {
    return name.startsWith("head.") || name.startsWith("head_dist.");
  }

  /** The shapes that the file must have: the model's, but for what may differ. */
  private static Map<String, Shape> shapes(Map<String, Tensor> tensors, DeiTConfig from) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          int[] sizes = tensor.shape().sizes();
          if (name.equals(POSITIONS)) {
            sizes[1] = from.tokens();
          } else if (isOfHead(name)) {
            sizes[0] = from.classes();
          }
          shapes.put(name, Shape.of(sizes));
        });
    return shapes;
  }

  private float[] values(WeightFile file, String name, Fit fit) throws FormatException {
    float[] values = file.floats(name);
    if (!name.equals(POSITIONS) || !fit.resizes()) {
      return values;
    }
    int old = fit.from().imageSize() / fit.from().patchSize();
    int now = fit.to().imageSize() / fit.to().patchSize();
    return PositionEmbedding.resize(
        values, fit.to().prefixTokens(), old, old, now, now, fit.to().width(), method);
  }
}
