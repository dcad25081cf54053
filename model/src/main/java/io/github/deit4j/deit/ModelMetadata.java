package io.github.deit4j.deit;

import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.regnet.RegNetNames;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.SafetensorsFile;
import io.github.deit4j.weights.TensorInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
   * Reads the metadata, or, where a file has none of ours, infers the sizes from the tensors: heads
   * of 64 channels, ImageNet's preprocessing, classes without names.
   */
  static ModelInfo read(SafetensorsFile file) throws IOException {
    boolean described =
        file.metadata().containsKey(DEIT_KEY) || file.metadata().containsKey(REGNET_KEY);
    return described ? new Reader(file).info() : infer(file);
  }

  /** Reads typed values, with errors that name file and key. */
  private record Reader(SafetensorsFile file) {
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

  private static ModelInfo infer(SafetensorsFile file) throws FormatException {
    try {
      Optional<RegNetNames> names = RegNetNames.recognize(file.tensors().keySet());
      ModelConfig config = names.isPresent() ? inferRegNet(file, names.get()) : inferDeiT(file);
      return new ModelInfo(
          config, ClassNames.unnamed(config.classes()), Preprocessing.imagenet(config.imageSize()));
    } catch (IllegalArgumentException e) {
      throw new FormatException(
          file.path(), "the sizes inferred from its tensors fit no model: " + e.getMessage());
    }
  }

  private static RegNetConfig inferRegNet(SafetensorsFile file, RegNetNames names) {
    return names.infer(
        name -> {
          TensorInfo info = file.tensors().get(name);
          return info == null ? null : info.shape();
        });
  }

  private static DeiTConfig inferDeiT(SafetensorsFile file) throws FormatException {
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
    return new DeiTConfig(
        side * patch.size(2),
        patch.size(2),
        patch.size(1),
        head.size(0),
        patch.size(0),
        depth,
        Math.max(1, patch.size(0) / HEAD_WIDTH),
        hidden.size(0),
        distilled);
  }

  private static Shape shape(SafetensorsFile file, String name, int rank) throws FormatException {
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
