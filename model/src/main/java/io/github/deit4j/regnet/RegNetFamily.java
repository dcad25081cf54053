package io.github.deit4j.regnet;

import static io.github.deit4j.nn.HuggingFaceModel.require;
import static io.github.deit4j.nn.Hyperparameter.CHANNELS;
import static io.github.deit4j.nn.Hyperparameter.DEPTH;
import static io.github.deit4j.nn.Hyperparameter.IMAGE_SIZE;

import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.nn.HuggingFaceModel.ImageProcessor;
import io.github.deit4j.nn.Hyperparameter;
import io.github.deit4j.nn.Hyperparameter.Values;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.ModelFamily;
import io.github.deit4j.nn.TensorNames;
import io.github.deit4j.regnet.RegNetConfig.Stage;
import io.github.deit4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/** RegNetY (Radosavovic et al. 2020): convnets, DeiT's best teachers. */
public final class RegNetFamily implements ModelFamily {
  /** The family. */
  public static final RegNetFamily INSTANCE = new RegNetFamily();

  /** Keys of a description. */
  static final String STRIDE = "stem-stride";

  static final String WIDTHS = "widths";

  private static final Hyperparameter<Integer> STEM_STRIDE =
      Hyperparameter.integer(
              STRIDE, 1, 2, "RegNetY: stride of the first convolution; 1 for small images.", 2)
          .orAbsent();
  private static final Hyperparameter<Integer> INITIAL_WIDTH =
      Hyperparameter.integer(
          "initial-width", 1, 4096, "RegNetY: width at which the line of widths starts (w0).", 1);
  private static final Hyperparameter<Double> WIDTH_SLOPE =
      Hyperparameter.number(
          "width-slope", 0, false, 4096, "RegNetY: growth of the line per block (wa).", 0);
  private static final Hyperparameter<Double> WIDTH_MULTIPLIER =
      Hyperparameter.number(
          "width-multiplier",
          1,
          true,
          64,
          "RegNetY: ratio of the widths of neighbouring stages (wm).",
          2);
  private static final Hyperparameter<Integer> GROUP_WIDTH =
      Hyperparameter.integer(
          "group-width", 1, 4096, "RegNetY: channels of a group of the 3x3 convolutions.", 1);

  private RegNetFamily() {}

  @Override
  public String name() {
    return "RegNetY";
  }

  @Override
  public List<String> models() {
    return List.copyOf(RegNetDesign.NAMED.keySet());
  }

  @Override
  public boolean mixesImages() {
    return true;
  }

  @Override
  public String custom() {
    return "custom-regnety";
  }

  @Override
  public List<Hyperparameter<?>> hyperparameters() {
    return List.of(
        IMAGE_SIZE,
        CHANNELS,
        DEPTH,
        STEM_STRIDE,
        INITIAL_WIDTH,
        WIDTH_SLOPE,
        WIDTH_MULTIPLIER,
        GROUP_WIDTH);
  }

  @Override
  public Values named(String model) {
    RegNetDesign design = RegNetDesign.NAMED.get(model);
    if (design == null) {
      throw unknown(model);
    }
    return new Values()
        .put(IMAGE_SIZE, 224)
        .put(CHANNELS, 3)
        .put(DEPTH, design.depth())
        .put(STEM_STRIDE, 2)
        .put(INITIAL_WIDTH, design.initialWidth())
        .put(WIDTH_SLOPE, design.slope())
        .put(WIDTH_MULTIPLIER, design.multiplier())
        .put(GROUP_WIDTH, design.groupWidth());
  }

  /** Widths follow from a design, but not the other way round: only registered ones are known. */
  @Override
  public Optional<Values> values(ModelConfig config) {
    Object stride = config.toJson().get(STRIDE);
    return models().stream()
        .map(
            model ->
                named(model)
                    .put(IMAGE_SIZE, config.imageSize())
                    .put(CHANNELS, config.channels())
                    .put(STEM_STRIDE, (Integer) stride))
        .filter(values -> configure(values, config.classes()).equals(config))
        .findFirst();
  }

  /** The design says nothing of the images. */
  @Override
  public boolean isFree(Hyperparameter<?> key) {
    return Set.of(IMAGE_SIZE, CHANNELS, STEM_STRIDE).contains(key);
  }

  @Override
  public RegNetConfig config(String model) {
    return (RegNetConfig) ModelFamily.super.config(model);
  }

  @Override
  public RegNetConfig configure(Values values, int classes) {
    return new RegNetDesign(
            values.get(INITIAL_WIDTH),
            values.get(WIDTH_SLOPE),
            values.get(WIDTH_MULTIPLIER),
            values.get(DEPTH),
            values.get(GROUP_WIDTH))
        .config(values.get(IMAGE_SIZE), values.get(CHANNELS), classes, values.get(STEM_STRIDE));
  }

  @Override
  public Optional<ModelConfig> fromJson(JsonValue sizes) throws JsonException {
    if (!sizes.has(WIDTHS)) {
      return Optional.empty();
    }
    return Optional.of(
        new RegNetConfig(
            sizes.get("image-size").asInt(),
            sizes.get("channels").asInt(),
            sizes.get("classes").asInt(),
            sizes.get("stem-width").asInt(),
            sizes.get(STRIDE).asInt(),
            RegNetConfig.stages(
                sizes.get("depths").asInts(),
                sizes.get(WIDTHS).asInts(),
                sizes.get("group-widths").asInts())));
  }

  @Override
  public String landmark() {
    return RegNetNames.STEM_WEIGHT;
  }

  @Override
  public Optional<TensorNames> recognize(Set<String> tensors) {
    return RegNetNames.recognize(tensors).map(TensorNames.class::cast);
  }

  @Override
  public Optional<TensorNames> torchvision() {
    return Optional.of(RegNetNames.TORCHVISION);
  }

  /** Reads the sizes from the tensors; images of 224 pixels and a stem of stride 2. */
  @Override
  public RegNetConfig infer(Function<String, Shape> shapes, OptionalInt heads) {
    Shape stem = requireShape(shapes, RegNetNames.STEM_WEIGHT, 4);
    List<Stage> stages = new ArrayList<>();
    for (int stage = 1; shapes.apply(RegNetNames.weight(stage, 1)) != null; stage++) {
      int depth = 1;
      while (shapes.apply(RegNetNames.weight(stage, depth + 1)) != null) {
        depth++;
      }
      Shape grouped = requireShape(shapes, RegNetNames.weight(stage, 1), 4);
      stages.add(new Stage(depth, grouped.size(0), grouped.size(1)));
    }
    int classes = requireShape(shapes, "head.fc.weight", 2).size(0);
    return new RegNetConfig(224, stem.size(1), classes, stem.size(0), 2, stages);
  }

  @Override
  public Set<String> tunable() {
    return Set.of("image-size", "classes", STRIDE);
  }

  @Override
  public ModelConfig fromHuggingFace(
      JsonValue json, Function<String, Shape> shapes, OptionalInt heads) throws JsonException {
    require(json, "model_type", "regnet");
    if (json.has("layer_type")) {
      require(json, "layer_type", "y");
    }
    if (json.has("hidden_act")) {
      require(json, "hidden_act", "relu");
    }
    String downsample = "downsample_in_first_stage";
    if (json.has(downsample) && !json.get(downsample).asBoolean()) {
      throw new IllegalArgumentException("expected " + downsample + " true, found false");
    }
    return infer(shapes, heads);
  }

  @Override
  public ImageProcessor imageProcessor(JsonValue config) {
    return ImageProcessor.CONVNEXT;
  }
}
