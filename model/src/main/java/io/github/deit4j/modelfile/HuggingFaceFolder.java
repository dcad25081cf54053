package io.github.deit4j.modelfile;

import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.regnet.RegNetNames;
import io.github.deit4j.vit.DeiTConfig;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What {@code config.json} and {@code preprocessor_config.json} of a folder of the Hugging Face hub
 * say: of transformers' DeiT, ViT and RegNet models, or of timm's.
 *
 * <p>Transformers resizes to a square where deit4j keeps the aspect ratio and cuts the middle
 * square out, as DeiT's own evaluation does. Its {@code layer_norm_eps} of 1e-12 stands for the
 * 1e-6 with which the weights were trained.
 */
final class HuggingFaceFolder {
  private static final String CONFIG = "config.json";
  private static final String PREPROCESSOR = "preprocessor_config.json";
  private static final double[] USUAL_EPSILONS = {1e-6, 1e-12};
  private static final double CONVNEXT_CROP_RATIO = 224.0 / 256;
  private static final int CONVNEXT_UNCROPPED = 384;
  private static final float[] HALVES = {0.5f, 0.5f, 0.5f};

  private final Path folder;
  private final List<String> warnings = new ArrayList<>();

  HuggingFaceFolder(Path folder) {
    this.folder = folder;
  }

  static boolean isOne(Path folder) {
    return Files.isRegularFile(folder.resolve(CONFIG));
  }

  /**
   * Puts tensors and descriptions together.
   *
   * @param heads what the user says, which the description must not contradict
   * @throws FormatException if they contradict each other or are of no DeiT
   */
  OpenModel describe(WeightFile file, OptionalInt heads) throws IOException {
    JsonValue config = Json.read(folder.resolve(CONFIG));
    try {
      ModelInfo info =
          config.has("architecture")
              ? timm(config, file, heads)
              : isRegNet(file) ? regNet(config, file) : transformers(config, file, heads);
      return new OpenModel(file, info, List.copyOf(warnings));
    } catch (IllegalArgumentException e) {
      throw new FormatException(folder, "its description: " + e.getMessage());
    }
  }

  private static boolean isRegNet(WeightFile file) {
    return RegNetNames.recognize(file.tensors().keySet()).isPresent();
  }

  private ModelInfo regNet(JsonValue json, WeightFile file) throws IOException {
    require(json, "model_type", List.of("regnet"));
    requireIfSaid(json, "layer_type", "y");
    requireIfSaid(json, "hidden_act", "relu");
    if (!flag(json, "downsample_in_first_stage", true)) {
      throw new FormatException(folder.resolve(CONFIG), "downsample_in_first_stage true", "false");
    }
    RegNetConfig config = ModelMetadata.inferRegNet(file);
    Path processor = folder.resolve(PREPROCESSOR);
    JsonValue images = Files.isRegularFile(processor) ? Json.read(processor) : null;
    Preprocessing preprocessing =
        images == null
            ? Preprocessing.imagenet(config.imageSize())
            : convNextPreprocessing(images, config);
    return new ModelInfo(
        config.withImageSize(preprocessing.size()),
        classNames(json, config.classes()),
        preprocessing);
  }

  private void requireIfSaid(JsonValue json, String key, String value) throws IOException {
    if (json.has(key)) {
      require(json, key, List.of(value));
    }
  }

  /**
   * RegNet's processor keeps the aspect ratio below 384 pixels, and crops nothing from there on.
   */
  private Preprocessing convNextPreprocessing(JsonValue json, RegNetConfig config)
      throws IOException {
    int size = side(json.get("size"));
    double ratio = json.has("crop_pct") ? json.get("crop_pct").asDouble() : CONVNEXT_CROP_RATIO;
    return new Preprocessing(
        size,
        config.channels(),
        normalize(json, config.channels(), true),
        size < CONVNEXT_UNCROPPED ? ratio : 1,
        interpolation(json, true));
  }

  private ModelInfo transformers(JsonValue json, WeightFile file, OptionalInt heads)
      throws IOException {
    boolean vit = require(json, "model_type", List.of("deit", "vit")).equals("vit");
    require(json, "hidden_act", List.of("gelu"));
    requireUsualEpsilon(json);
    int stored = json.get("num_attention_heads").asInt();
    requireSame("num_attention_heads", heads.orElse(stored), stored);
    DeiTConfig config = ModelMetadata.inferConfig(file, OptionalInt.of(stored));
    Map<String, Integer> sizes = new LinkedHashMap<>();
    sizes.put("image_size", config.imageSize());
    sizes.put("patch_size", config.patchSize());
    sizes.put("num_channels", config.channels());
    sizes.put("hidden_size", config.width());
    sizes.put("num_hidden_layers", config.depth());
    sizes.put("intermediate_size", config.mlpWidth());
    for (Map.Entry<String, Integer> size : sizes.entrySet()) {
      if (json.has(size.getKey())) {
        requireSame(size.getKey(), size.getValue(), json.get(size.getKey()).asInt());
      }
    }
    return new ModelInfo(config, classNames(json, config.classes()), preprocessing(config, vit));
  }

  private String require(JsonValue json, String key, List<String> allowed) throws IOException {
    String value = json.get(key).asString();
    if (!allowed.contains(value)) {
      throw new FormatException(
          folder.resolve(CONFIG), key + " " + String.join(" or ", allowed), value);
    }
    return value;
  }

  private void requireUsualEpsilon(JsonValue json) throws IOException {
    double epsilon = json.get("layer_norm_eps").asDouble();
    if (Arrays.stream(USUAL_EPSILONS).noneMatch(usual -> Math.abs(epsilon / usual - 1) < 1e-6)) {
      throw new FormatException(
          folder.resolve(CONFIG), "layer_norm_eps 1e-6 (or 1e-12)", Double.toString(epsilon));
    }
  }

  private void requireSame(String key, int expected, int found) throws FormatException {
    if (expected != found) {
      throw new FormatException(folder.resolve(CONFIG), key + " " + expected, "" + found);
    }
  }

  /** Returns the labels; those that only count are none. */
  private List<String> classNames(JsonValue json, int classes) throws IOException {
    List<String> unnamed = ClassNames.unnamed(classes);
    if (!json.has("id2label")) {
      return unnamed;
    }
    JsonValue labels = json.get("id2label");
    requireSame("id2label of size", classes, labels.keys().size());
    List<String> names = new ArrayList<>();
    boolean counted = true;
    for (int i = 0; i < classes; i++) {
      names.add(labels.get(Integer.toString(i)).asString());
      counted &= names.get(i).equals("LABEL_" + i);
    }
    return counted ? unnamed : names;
  }

  private Preprocessing preprocessing(DeiTConfig config, boolean vit) throws IOException {
    Path file = folder.resolve(PREPROCESSOR);
    if (!Files.isRegularFile(file)) {
      return Preprocessing.imagenet(config.imageSize());
    }
    JsonValue json = Json.read(file);
    boolean crops = flag(json, "do_center_crop", json.has("crop_size"));
    int resized = side(json.get("size"));
    int size = crops ? side(json.get("crop_size")) : resized;
    if (size != config.imageSize()) {
      throw new FormatException(
          file, "images of " + config.imageSize() + " pixels, as the model takes", "" + size);
    }
    Normalize normalize = normalize(json, config.channels(), vit);
    doubt(normalize);
    return preprocessing(config, normalize, resized, interpolation(json, vit));
  }

  private static Preprocessing preprocessing(
      ModelConfig config, Normalize normalize, int resized, Interpolation interpolation) {
    double ratio = Preprocessing.cropRatio(config.imageSize(), resized);
    return new Preprocessing(
        config.imageSize(), config.channels(), normalize, ratio, interpolation);
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
  private Normalize normalize(JsonValue json, int channels, boolean halves) throws IOException {
    if (!flag(json, "do_normalize", true)) {
      float[] ones = new float[channels];
      Arrays.fill(ones, 1);
      return new Normalize(new float[channels], ones);
    }
    Normalize otherwise = halves ? new Normalize(HALVES, HALVES) : Normalize.IMAGENET;
    float[] mean = json.has("image_mean") ? floats(json.get("image_mean")) : otherwise.mean();
    float[] std = json.has("image_std") ? floats(json.get("image_std")) : otherwise.std();
    return new Normalize(mean, std);
  }

  private void doubt(Normalize normalize) {
    if (Arrays.equals(normalize.mean(), HALVES) && Arrays.equals(normalize.std(), HALVES)) {
      warnings.add(
          "%s: mean and deviation 0.5 are used as they stand there; for DeiT weights (facebook/deit-…)"
                  .formatted(folder.resolve(PREPROCESSOR))
              + " they are wrong: these were trained with image_mean [0.485, 0.456, 0.406] and"
              + " image_std [0.229, 0.224, 0.225], size 256 and crop_size 224; write those there");
    }
  }

  private static float[] floats(JsonValue json) throws IOException {
    double[] values = json.asDoubles();
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
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

  /** Reads [channels, rows, columns]. */
  private static int imageSize(JsonValue inputSize) throws IOException {
    int[] sizes = inputSize.asInts();
    if (sizes.length != 3 || sizes[1] != sizes[2]) {
      throw inputSize.error("expected the channels, rows and as many columns of an image");
    }
    return sizes[1];
  }

  private ModelInfo timm(JsonValue json, WeightFile file, OptionalInt heads) throws IOException {
    ModelConfig config = ModelMetadata.infer(file, heads);
    List<String> unnamed = ClassNames.unnamed(config.classes());
    if (!json.has("pretrained_cfg")) {
      return new ModelInfo(config, unnamed, Preprocessing.imagenet(config.imageSize()));
    }
    JsonValue trained = json.get("pretrained_cfg");
    if (config instanceof RegNetConfig regNet && trained.has("input_size")) {
      config = regNet.withImageSize(imageSize(trained.get("input_size")));
    }
    Normalize normalize = new Normalize(floats(trained.get("mean")), floats(trained.get("std")));
    double ratio = trained.get("crop_pct").asDouble();
    JsonValue filter = trained.get("interpolation");
    Interpolation interpolation =
        switch (filter.asString()) {
          case "bilinear" -> Interpolation.BILINEAR;
          case "bicubic" -> Interpolation.BICUBIC;
          default -> throw filter.error("expected bilinear or bicubic");
        };
    int resized = (int) (config.imageSize() / ratio);
    return new ModelInfo(config, unnamed, preprocessing(config, normalize, resized, interpolation));
  }
}
