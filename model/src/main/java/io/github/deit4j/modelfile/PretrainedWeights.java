package io.github.deit4j.modelfile;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.vit.DeiTConfig;
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
 * classes: a DeiT's position embedding is resized, and the heads are left as the new model has
 * them. A RegNetY's first convolution may move by other steps than it did.
 *
 * @param source the trained model
 * @param method how the position embedding is resized
 * @param replaceHead whether to leave the heads even if the classes are the same
 */
public record PretrainedWeights(
    ModelSource source, PositionEmbedding.Method method, boolean replaceHead) {

  private static final String POSITIONS = "pos_embed";
  private static final Set<String> MAY_DIFFER =
      Set.of("model.image-size", "model.classes", "model.stem-stride");

  /** What of a trained model is used, and how. Both are of one family. */
  private record Fit(ModelConfig from, ModelConfig to, boolean keepsHeads) {
    List<String> notes() {
      List<String> notes = new ArrayList<>();
      if (from instanceof DeiTConfig old && to instanceof DeiTConfig now) {
        addNote(
            notes,
            "position embedding resized from %1$d × %1$d to %2$d × %2$d",
            old.patchesPerSide(),
            now.patchesPerSide());
      }
      if (from instanceof RegNetConfig old && to instanceof RegNetConfig now) {
        addNote(notes, "stem stride %d before, %d now", old.stemStride(), now.stemStride());
      }
      if (!keepsHeads) {
        notes.add(
            "heads replaced: %d classes before, %d now".formatted(from.classes(), to.classes()));
      }
      return notes;
    }

    private static void addNote(List<String> notes, String note, int before, int now) {
      if (before != now) {
        notes.add(note.formatted(before, now));
      }
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

  /** Where a DeiT's file does not tell the number of heads, the new model does. */
  private OpenModel open(ModelInfo info) throws IOException {
    boolean helps = source.heads().isEmpty() && info.config() instanceof DeiTConfig;
    return OpenModel.open(
        helps
            ? new ModelSource(source.path(), OptionalInt.of(((DeiTConfig) info.config()).heads()))
            : source);
  }

  private Fit fit(OpenModel file, ModelInfo info) throws FormatException {
    ModelConfig from = file.info().config();
    ModelConfig to = info.config();
    if (!from.family().equals(to.family())) {
      throw new FormatException(file.weights().path(), "a " + to.family(), "a " + from.family());
    }
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
  private static Map<String, Shape> shapes(Map<String, Tensor> tensors, ModelConfig from) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          int[] sizes = tensor.shape().sizes();
          if (name.equals(POSITIONS) && from instanceof DeiTConfig deit) {
            sizes[1] = deit.tokens();
          } else if (isOfHead(name)) {
            sizes[0] = from.classes();
          }
          shapes.put(name, Shape.of(sizes));
        });
    return shapes;
  }

  private float[] values(WeightFile file, String name, Fit fit) throws FormatException {
    float[] values = file.floats(name);
    return name.equals(POSITIONS)
            && fit.from() instanceof DeiTConfig from
            && fit.to() instanceof DeiTConfig to
            && from.imageSize() != to.imageSize()
        ? resized(values, from, to)
        : values;
  }

  private float[] resized(float[] positions, DeiTConfig from, DeiTConfig to) {
    int old = from.patchesPerSide();
    int now = to.patchesPerSide();
    return PositionEmbedding.resize(
        positions, to.prefixTokens(), old, old, now, now, to.width(), method);
  }
}
