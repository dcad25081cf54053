package io.github.deit4j.modelfile;

import io.github.deit4j.data.transform.CenterCrop.Rounding;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.ModelFamily;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.WeightFile;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * All that a weight file says beside the weights.
 *
 * @param classNames names of the classes in logit order, as many as config.classes()
 */
public record ModelInfo(ModelConfig config, List<String> classNames, Preprocessing preprocessing) {
  private static final String CLASSES = "classes";

  /** Files without this key, all those of earlier versions among them, round to even. */
  private static final String ROUNDING = "preprocessing.crop-rounding";

  /** Files without this key take images as they are stored. */
  private static final String EXIF_ORIENTATION = "preprocessing.exif-orientation";

  /** Begins the keys of the model's sizes. */
  static final String MODEL = "model.";

  /** Copies the names and checks their number. */
  public ModelInfo {
    classNames = List.copyOf(classNames);
    if (classNames.size() != config.classes()) {
      throw new IllegalArgumentException(
          "classNames: expected %d, found %d".formatted(config.classes(), classNames.size()));
    }
  }

  /** Returns it as the metadata of a weight file. */
  public Map<String, String> toMetadata() {
    Map<String, String> metadata = new TreeMap<>(sizes(config));
    metadata.put(CLASSES, JsonWriter.compact(classNames));
    metadata.put("preprocessing.size", Integer.toString(preprocessing.size()));
    metadata.put("preprocessing.channels", Integer.toString(preprocessing.channels()));
    metadata.put("preprocessing.mean", JsonWriter.compact(preprocessing.normalize().mean()));
    metadata.put("preprocessing.std", JsonWriter.compact(preprocessing.normalize().std()));
    metadata.put("preprocessing.crop-ratio", Double.toString(preprocessing.cropRatio()));
    metadata.put(
        "preprocessing.interpolation",
        preprocessing.interpolation().name().toLowerCase(Locale.ROOT));
    if (preprocessing.rounding() != Rounding.EVEN) {
      metadata.put(ROUNDING, preprocessing.rounding().name().toLowerCase(Locale.ROOT));
    }
    if (preprocessing.exifOrientation()) {
      metadata.put(EXIF_ORIENTATION, "true");
    }
    return metadata;
  }

  /** Returns the part of the metadata that says a model's sizes. */
  static Map<String, String> sizes(ModelConfig config) {
    Map<String, String> sizes = new TreeMap<>();
    config.toJson().forEach((key, size) -> sizes.put(MODEL + key, JsonWriter.compact(size)));
    return sizes;
  }

  /** Returns whether a file has metadata of ours. */
  static boolean isIn(WeightFile file) {
    return file.metadata().keySet().stream().anyMatch(key -> key.startsWith(MODEL));
  }

  /**
   * Reads the metadata, or, where a file has none of ours, infers the sizes from the tensors: the
   * family's preprocessing, classes without names.
   *
   * @param file with timm's names
   * @param heads what the user says, which a file's metadata must not contradict
   */
  static ModelInfo read(WeightFile file, ModelFamily family, OptionalInt heads) throws IOException {
    if (!isIn(file)) {
      ModelConfig config = SavedModel.infer(file, family, heads);
      return new ModelInfo(config, ClassNames.unnamed(config.classes()), Preprocessing.of(config));
    }
    ModelInfo info = new Reader(file).info();
    int stored = info.config().tokenLayout().map(layout -> layout.heads()).orElse(0);
    if (heads.orElse(stored) != stored) {
      throw file.error(heads.getAsInt() + " heads, as asked for", "metadata that say " + stored);
    }
    return info;
  }

  /** Returns the constant whose name in lower case a file says. */
  static <E extends Enum<E>> E choice(Class<E> type, String text) {
    List<E> constants = List.of(type.getEnumConstants());
    return constants.stream()
        .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected one of %s, found \"%s\""
                        .formatted(constants, text)
                        .toLowerCase(Locale.ROOT)));
  }

  /** Reads typed values, with errors that name file and key. */
  private record Reader(WeightFile file) {
    ModelInfo info() throws IOException {
      try {
        Preprocessing preprocessing =
            new Preprocessing(
                json("preprocessing.size").asInt(),
                json("preprocessing.channels").asInt(),
                new Normalize(
                    json("preprocessing.mean").asFloats(), json("preprocessing.std").asFloats()),
                json("preprocessing.crop-ratio").asDouble(),
                choice(Interpolation.class, text("preprocessing.interpolation")),
                choice(Rounding.class, file.metadata().getOrDefault(ROUNDING, "even")),
                exifOrientation());
        return new ModelInfo(config(), json(CLASSES).asStrings(), preprocessing);
      } catch (IllegalArgumentException e) {
        throw new FormatException(file.path(), "metadata: " + e.getMessage());
      }
    }

    private boolean exifOrientation() throws FormatException {
      String value = file.metadata().getOrDefault(EXIF_ORIENTATION, "false");
      if (!value.equals("true") && !value.equals("false")) {
        throw file.error("metadata with true or false as " + EXIF_ORIENTATION, value);
      }
      return value.equals("true");
    }

    private ModelConfig config() throws IOException {
      Map<String, Object> sizes = new LinkedHashMap<>();
      for (String key : file.metadata().keySet()) {
        if (key.startsWith(MODEL)) {
          sizes.put(key.substring(MODEL.length()), json(key).value());
        }
      }
      JsonValue json = new JsonValue(file.path() + " metadata", "model", sizes);
      for (ModelFamily family : ModelFamilies.ALL) {
        Optional<ModelConfig> config = family.fromJson(json);
        if (config.isPresent()) {
          return config.get();
        }
      }
      throw file.error(
          "metadata with the sizes of a model", "the keys " + file.metadata().keySet());
    }

    private JsonValue json(String key) throws FormatException, JsonException {
      return Json.read(file.path() + " metadata " + key, text(key));
    }

    private String text(String key) throws FormatException {
      String value = file.metadata().get(key);
      if (value == null) {
        throw file.error("metadata with the key " + key, "the keys " + file.metadata().keySet());
      }
      return value;
    }
  }
}
