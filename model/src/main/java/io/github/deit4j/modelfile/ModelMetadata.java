package io.github.deit4j.modelfile;

import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.regnet.RegNetNames;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.vit.DeiTConfig;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.TensorInfo;
import io.github.deit4j.weights.WeightFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/** {@link ModelInfo} as the metadata of a weight file, and back. */
final class ModelMetadata {
  private static final String CLASSES = "classes";
  private static final int HEAD_WIDTH = 64;

  /** Keys by which the kinds of models are told apart. */
  private static final String DEIT_KEY = "model.width";

  private static final String REGNET_KEY = "model.widths";

  private ModelMetadata() {}

  static Map<String, String> write(ModelInfo info) {
    Preprocessing preprocessing = info.preprocessing();
    Map<String, String> metadata = new TreeMap<>(info.config().toMetadata());
    metadata.put(CLASSES, JsonWriter.compact(info.classNames()));
    metadata.put("preprocessing.size", Integer.toString(preprocessing.size()));
    metadata.put("preprocessing.channels", Integer.toString(preprocessing.channels()));
    metadata.put("preprocessing.mean", numbers(preprocessing.normalize().mean()));
    metadata.put("preprocessing.std", numbers(preprocessing.normalize().std()));
    metadata.put("preprocessing.crop-ratio", Double.toString(preprocessing.cropRatio()));
    metadata.put(
        "preprocessing.interpolation",
        preprocessing.interpolation().name().toLowerCase(Locale.ROOT));
    return metadata;
  }

  private static String numbers(float[] values) {
    List<Float> list = new ArrayList<>();
    for (float value : values) {
      list.add(value);
    }
    return JsonWriter.compact(list);
  }

  /**
   * Reads the metadata, or, where a file has none of ours, infers the sizes from the tensors:
   * ImageNet's preprocessing, classes without names, heads of 64 channels unless said otherwise.
   *
   * @param heads what the user says, which a file's metadata must not contradict
   */
  static ModelInfo read(WeightFile file, OptionalInt heads) throws IOException {
    if (!isIn(file)) {
      ModelConfig config = infer(file, heads);
      return new ModelInfo(
          config, ClassNames.unnamed(config.classes()), Preprocessing.imagenet(config.imageSize()));
    }
    ModelInfo info = new Reader(file).info();
    int stored = info.config() instanceof DeiTConfig config ? config.heads() : 0;
    if (heads.orElse(stored) != stored) {
      throw new FormatException(
          file.path(), heads.getAsInt() + " heads, as asked for", "metadata that say " + stored);
    }
    return info;
  }

  /** Returns whether a file has metadata of ours. */
  static boolean isIn(WeightFile file) {
    return file.metadata().containsKey(DEIT_KEY) || file.metadata().containsKey(REGNET_KEY);
  }

  /** Reads typed values, with errors that name file and key. */
  private record Reader(WeightFile file) {
    ModelInfo info() throws IOException {
      try {
        ModelConfig config = file.metadata().containsKey(REGNET_KEY) ? regNet() : deit();
        Preprocessing preprocessing =
            new Preprocessing(
                integer("preprocessing.size"),
                integer("preprocessing.channels"),
                new Normalize(numbers("preprocessing.mean"), numbers("preprocessing.std")),
                number("preprocessing.crop-ratio"),
                Interpolation.valueOf(
                    text("preprocessing.interpolation").toUpperCase(Locale.ROOT)));
        List<String> names = Json.read(source(CLASSES), text(CLASSES)).asStrings();
        return new ModelInfo(config, names, preprocessing);
      } catch (IllegalArgumentException e) {
        throw new FormatException(file.path(), "metadata: " + e.getMessage());
      }
    }

    private DeiTConfig deit() throws IOException {
      return new DeiTConfig(
          integer("model.image-size"),
          integer("model.patch-size"),
          integer("model.channels"),
          integer("model.classes"),
          integer(DEIT_KEY),
          integer("model.depth"),
          integer("model.heads"),
          integer("model.mlp-width"),
          Boolean.parseBoolean(text("model.distilled")));
    }

    private RegNetConfig regNet() throws IOException {
      return new RegNetConfig(
          integer("model.image-size"),
          integer("model.channels"),
          integer("model.classes"),
          integer("model.stem-width"),
          integer("model.stem-stride"),
          RegNetConfig.stages(
              integers("model.depths"), integers(REGNET_KEY), integers("model.group-widths")));
    }

    private int[] integers(String key) throws IOException {
      return Json.read(source(key), text(key)).asInts();
    }

    private String source(String key) {
      return file.path() + " metadata " + key;
    }

    private String text(String key) throws FormatException {
      String value = file.metadata().get(key);
      if (value == null) {
        throw new FormatException(
            file.path(), "metadata with the key " + key, "the keys " + file.metadata().keySet());
      }
      return value;
    }

    private int integer(String key) throws IOException {
      return Json.read(source(key), text(key)).asInt();
    }

    private double number(String key) throws IOException {
      return Json.read(source(key), text(key)).asDouble();
    }

    private float[] numbers(String key) throws IOException {
      double[] values = Json.read(source(key), text(key)).asDoubles();
      float[] floats = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        floats[i] = (float) values[i];
      }
      return floats;
    }
  }

  /** Reads a model's sizes from the shapes of its tensors under timm's names. */
  static ModelConfig infer(WeightFile file, OptionalInt heads) throws FormatException {
    boolean regNet = RegNetNames.recognize(file.tensors().keySet()).isPresent();
    return regNet ? inferRegNet(file) : inferConfig(file, heads);
  }

  /** Reads a RegNetY's sizes from the shapes of its tensors under timm's names. */
  static RegNetConfig inferRegNet(WeightFile file) throws FormatException {
    try {
      return RegNetNames.TIMM.infer(
          name -> {
            TensorInfo info = file.tensors().get(name);
            return info == null ? null : info.shape();
          });
    } catch (IllegalArgumentException e) {
      throw new FormatException(
          file.path(), "the sizes inferred from its tensors fit no RegNetY: " + e.getMessage());
    }
  }

  /** Reads a DeiT's sizes from the shapes of its tensors. */
  static DeiTConfig inferConfig(WeightFile file, OptionalInt heads) throws FormatException {
    Shape patch = shape(file, "patch_embed.proj.weight", 4);
    Shape positions = shape(file, "pos_embed", 3);
    Shape head = shape(file, "head.weight", 2);
    Shape hidden = shape(file, "blocks.0.mlp.fc1.weight", 2);
    boolean distilled = file.tensors().containsKey("dist_token");
    int side = (int) Math.round(Math.sqrt(positions.size(1) - (distilled ? 2 : 1)));
    int depth = 0;
    while (file.tensors().containsKey("blocks." + depth + ".norm1.weight")) {
      depth++;
    }
    try {
      return new DeiTConfig(
          side * patch.size(2),
          patch.size(2),
          patch.size(1),
          head.size(0),
          patch.size(0),
          depth,
          heads.isPresent() ? heads.getAsInt() : inferHeads(file, patch.size(0)),
          hidden.size(0),
          distilled);
    } catch (IllegalArgumentException e) {
      throw new FormatException(
          file.path(), "the sizes inferred from its tensors fit no DeiT: " + e.getMessage());
    }
  }

  private static int inferHeads(WeightFile file, int width) throws FormatException {
    if (width % HEAD_WIDTH != 0) {
      throw new FormatException(
          file.path(),
          "a width that is a multiple of 64, the channels of an attention head, or the number of"
              + " heads said beside (--heads)",
          "width " + width);
    }
    return width / HEAD_WIDTH;
  }

  private static Shape shape(WeightFile file, String name, int rank) throws FormatException {
    TensorInfo info = file.tensors().get(name);
    if (info == null || info.shape().rank() != rank) {
      throw new FormatException(
          file.path(),
          "a DeiT's tensor " + name + " with " + rank + " dimensions",
          info == null ? "no such tensor" : "shape " + info.shape());
    }
    return info.shape();
  }
}
