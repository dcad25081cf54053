package io.github.deit4j.modelfile;

import io.github.deit4j.data.transform.CenterCrop.Rounding;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.nn.HuggingFaceModel.ImageProcessor;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.ModelFamily;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What {@code config.json} and {@code preprocessor_config.json} of a folder of the Hugging Face hub
 * say: of transformers' models, or of timm's.
 *
 * <p>Transformers resizes to a square where deit4j keeps the aspect ratio and cuts the middle
 * square out, as DeiT's own evaluation does.
 */
final class HuggingFaceFolder {
  private static final String CONFIG = "config.json";
  private static final String PREPROCESSOR = "preprocessor_config.json";

  /** A key of deit4j's own: these libraries have no word for it. */
  private static final String CROP_ROUNDING = "crop_rounding";

  private static final double CONVNEXT_CROP_RATIO = 224.0 / 256;
  private static final int CONVNEXT_UNCROPPED = 384;
  private static final List<Float> HALVES = List.of(0.5f, 0.5f, 0.5f);

  private final Path folder;
  private final WeightFile file;
  private final ModelFamily family;
  private final List<String> warnings = new ArrayList<>();

  /** Takes a folder and its weights, with timm's names; reads nothing yet. */
  HuggingFaceFolder(Path folder, WeightFile file, ModelFamily family) {
    this.folder = folder;
    this.file = file;
    this.family = family;
  }

  static boolean isOne(Path folder) {
    return Files.isRegularFile(folder.resolve(CONFIG));
  }

  /**
   * Puts tensors and descriptions together.
   *
   * @param heads what the user says, which the description must not contradict
   * @throws FormatException if they contradict each other or are of no model
   */
  SavedModel describe(OptionalInt heads) throws IOException {
    JsonValue json = Json.read(folder.resolve(CONFIG));
    try {
      ModelInfo info = json.has("architecture") ? timm(json, heads) : transformers(json, heads);
      return new SavedModel(file, info, List.copyOf(warnings));
    } catch (IllegalArgumentException e) {
      throw new FormatException(folder, "its description: " + e.getMessage());
    }
  }

  private ModelInfo transformers(JsonValue json, OptionalInt heads) throws IOException {
    ModelConfig config;
    ImageProcessor processor;
    try {
      config = family.fromHuggingFace(json, SavedModel.shapes(file), heads);
      processor = family.imageProcessor(json);
    } catch (IllegalArgumentException e) {
      throw new FormatException(folder.resolve(CONFIG), e.getMessage());
    }
    Preprocessing preprocessing = preprocessing(config, processor);
    return new ModelInfo(
        config.imageSize() == preprocessing.size()
            ? config
            : config.withImageSize(preprocessing.size()),
        classNames(json, config.classes()),
        preprocessing);
  }

  /** Returns the labels; those that only count are none. */
  private List<String> classNames(JsonValue json, int classes) throws IOException {
    List<String> unnamed = ClassNames.unnamed(classes);
    if (!json.has("id2label")) {
      return unnamed;
    }
    JsonValue labels = json.get("id2label");
    if (labels.keys().size() != classes) {
      throw new FormatException(
          folder.resolve(CONFIG), "id2label of size " + classes, "" + labels.keys().size());
    }
    List<String> names = new ArrayList<>();
    boolean counted = true;
    for (int i = 0; i < classes; i++) {
      names.add(labels.get(Integer.toString(i)).asString());
      counted &= names.get(i).equals("LABEL_" + i);
    }
    return counted ? unnamed : names;
  }

  private Preprocessing preprocessing(ModelConfig config, ImageProcessor processor)
      throws IOException {
    Path path = folder.resolve(PREPROCESSOR);
    if (!Files.isRegularFile(path)) {
      return Preprocessing.of(config);
    }
    Preprocessing preprocessing = preprocessing(Json.read(path), config.channels(), processor);
    if (preprocessing.size() != config.imageSize() && !config.takesAnyImageSize()) {
      throw new FormatException(
          path,
          "images of " + config.imageSize() + " pixels, as the model takes",
          "" + preprocessing.size());
    }
    return preprocessing;
  }

  /** ConvNeXt's keeps the aspect ratio below 384 pixels, and crops nothing from there on. */
  private Preprocessing preprocessing(JsonValue json, int channels, ImageProcessor processor)
      throws IOException {
    boolean vit = processor != ImageProcessor.DEIT;
    Normalize normalize = normalize(json, channels, vit);
    Interpolation interpolation = interpolation(json, vit);
    Rounding rounding =
        json.has(CROP_ROUNDING)
            ? ModelInfo.choice(Rounding.class, json.get(CROP_ROUNDING).asString())
            : Rounding.EVEN;
    int resized = side(json.get("size"));
    if (processor == ImageProcessor.CONVNEXT) {
      double ratio = json.has("crop_pct") ? json.get("crop_pct").asDouble() : CONVNEXT_CROP_RATIO;
      ratio = resized < CONVNEXT_UNCROPPED ? ratio : 1;
      return new Preprocessing(resized, channels, normalize, ratio, interpolation, rounding);
    }
    doubt(normalize);
    boolean crops = flag(json, "do_center_crop", json.has("crop_size"));
    int size = crops ? side(json.get("crop_size")) : resized;
    double ratio = Preprocessing.cropRatio(size, resized);
    return new Preprocessing(size, channels, normalize, ratio, interpolation, rounding);
  }

  private static boolean flag(JsonValue json, String key, boolean otherwise) throws IOException {
    return json.has(key) ? json.get(key).asBoolean() : otherwise;
  }

  /** A side is written as a number, or in one of several ways. */
  private static int side(JsonValue size) throws IOException {
    if (!(size.value() instanceof Map<?, ?>)) {
      return size.asInt();
    }
    if (size.has("shortest_edge")) {
      return size.get("shortest_edge").asInt();
    }
    int height = size.get("height").asInt();
    if (size.get("width").asInt() != height) {
      throw size.error("expected a square");
    }
    return height;
  }

  /** What is left out is as the library's image processor for this kind of model has it. */
  private static Normalize normalize(JsonValue json, int channels, boolean halves)
      throws IOException {
    if (!flag(json, "do_normalize", true)) {
      return new Normalize(Collections.nCopies(channels, 0f), Collections.nCopies(channels, 1f));
    }
    Normalize otherwise = halves ? new Normalize(HALVES, HALVES) : Normalize.IMAGENET;
    return new Normalize(
        json.has("image_mean") ? json.get("image_mean").asFloats() : otherwise.mean(),
        json.has("image_std") ? json.get("image_std").asFloats() : otherwise.std());
  }

  private void doubt(Normalize normalize) {
    if (normalize.equals(new Normalize(HALVES, HALVES))) {
      warnings.add(
          "%s: mean and deviation 0.5 are used as they stand there; for DeiT weights (facebook/deit-…)"
                  .formatted(folder.resolve(PREPROCESSOR))
              + " they are wrong: these were trained with image_mean [0.485, 0.456, 0.406] and"
              + " image_std [0.229, 0.224, 0.225], size 256 and crop_size 224; write those there");
    }
  }

  private static Interpolation interpolation(JsonValue json, boolean bilinear) throws IOException {
    if (!json.has("resample")) {
      return bilinear ? Interpolation.BILINEAR : Interpolation.BICUBIC;
    }
    JsonValue filter = json.get("resample");
    return switch (filter.asInt()) {
      case 2 -> Interpolation.BILINEAR;
      case 3 -> Interpolation.BICUBIC;
      default -> throw filter.error("expected 2 (bilinear) or 3 (bicubic)");
    };
  }

  private ModelInfo timm(JsonValue json, OptionalInt heads) throws IOException {
    ModelConfig config = SavedModel.infer(file, family, heads);
    List<String> unnamed = ClassNames.unnamed(config.classes());
    if (!json.has("pretrained_cfg")) {
      return new ModelInfo(config, unnamed, Preprocessing.of(config));
    }
    JsonValue trained = json.get("pretrained_cfg");
    if (config.takesAnyImageSize() && trained.has("input_size")) {
      config = config.withImageSize(imageSize(trained.get("input_size")));
    }
    JsonValue filter = trained.get("interpolation");
    Interpolation interpolation =
        switch (filter.asString()) {
          case "bilinear" -> Interpolation.BILINEAR;
          case "bicubic" -> Interpolation.BICUBIC;
          default -> throw filter.error("expected bilinear or bicubic");
        };
    int resized = (int) (config.imageSize() / trained.get("crop_pct").asDouble());
    Preprocessing preprocessing =
        new Preprocessing(
            config.imageSize(),
            config.channels(),
            new Normalize(trained.get("mean").asFloats(), trained.get("std").asFloats()),
            Preprocessing.cropRatio(config.imageSize(), resized),
            interpolation);
    return new ModelInfo(config, unnamed, preprocessing);
  }

  /** Reads [channels, rows, columns]. */
  private static int imageSize(JsonValue inputSize) throws IOException {
    int[] sizes = inputSize.asInts();
    if (sizes.length != 3 || sizes[1] != sizes[2]) {
      throw inputSize.error("expected the channels, rows and as many columns of an image");
    }
    return sizes[1];
  }
}
