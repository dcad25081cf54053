package io.github.deit4j.vit;

import static io.github.deit4j.nn.Hyperparameter.CHANNELS;
import static io.github.deit4j.nn.Hyperparameter.DEPTH;
import static io.github.deit4j.nn.Hyperparameter.DISTILLED;
import static io.github.deit4j.nn.Hyperparameter.IMAGE_SIZE;

import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.nn.HuggingFaceModel;
import io.github.deit4j.nn.Hyperparameter;
import io.github.deit4j.nn.Hyperparameter.Values;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.ModelFamily;
import io.github.deit4j.nn.TokenLayout;
import io.github.deit4j.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/** What all vision transformers have in common. */
public abstract class ViTFamily implements ModelFamily {
  private static final int HEAD_WIDTH = 64;

  private static final Hyperparameter<Integer> PATCH_SIZE =
      Hyperparameter.integer(
          "patch-size", 1, 4096, "DeiT: rows and columns of a patch; divides image-size.", 1);
  private static final Hyperparameter<Integer> WIDTH =
      Hyperparameter.integer("width", 1, 65_536, "DeiT: embedding width; a multiple of heads.", 1);
  private static final Hyperparameter<Integer> HEADS =
      Hyperparameter.integer("heads", 1, 1024, "DeiT: attention heads per block.", 1);
  private static final Hyperparameter<Double> MLP_RATIO =
      Hyperparameter.number(
          "mlp-ratio", 0, true, 64, "DeiT: hidden width of the MLP divided by width.", 1);

  private final String name;
  private final String custom;
  private final String mark;
  private final boolean distills;
  private final boolean layerScale;
  private final boolean positionedPrefix;
  private final Map<String, ViTConfig> models = new LinkedHashMap<>();

  /**
   * Starts without registered models.
   *
   * @param mark key of a description that only this family has
   * @param distills whether there may be a distillation token; the mark's value tells then
   * @param layerScale whether each branch of a block is scaled by learned factors
   * @param positionedPrefix whether the tokens in front of the patches have positions, too
   */
  ViTFamily(
      String name,
      String custom,
      String mark,
      boolean distills,
      boolean layerScale,
      boolean positionedPrefix) {
    this.name = name;
    this.custom = custom;
    this.mark = mark;
    this.distills = distills;
    this.layerScale = layerScale;
    this.positionedPrefix = positionedPrefix;
  }

  /** Adds a published model: RGB images of 1000 classes, an MLP four times as wide. */
  final void register(
      String model, int imageSize, int patch, int width, int depth, int heads, boolean distilled) {
    models.put(
        model,
        new ViTConfig(this, imageSize, patch, 3, 1000, width, depth, heads, 4 * width, distilled));
  }

  /** Adds to a description by what it is known as this family's. */
  final void describe(Map<String, Object> sizes, boolean distilled) {
    sizes.put(mark, !distills || distilled);
  }

  final boolean hasLayerScale() {
    return layerScale;
  }

  /** Returns how many of the tokens in front have a position. */
  final int positioned(int prefixTokens) {
    return positionedPrefix ? prefixTokens : 0;
  }

  /**
   * Returns a block's rate of stochastic depth, given the last one's. It grows linearly from 0 in
   * the first (Huang et al. 2016).
   */
  double dropRate(int block, int depth, double last) {
    return depth == 1 ? 0 : last * block / (depth - 1);
  }

  /** Returns {@link ViTConfig#huggingFace}. */
  abstract HuggingFaceModel huggingFace(ViTConfig config);

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final String custom() {
    return custom;
  }

  @Override
  public final List<String> models() {
    return List.copyOf(models.keySet());
  }

  @Override
  public final ViTConfig config(String model) {
    if (!models.containsKey(model)) {
      throw unknown(model);
    }
    return models.get(model);
  }

  @Override
  public List<Hyperparameter<?>> hyperparameters() {
    List<Hyperparameter<?>> all =
        List.of(IMAGE_SIZE, PATCH_SIZE, CHANNELS, WIDTH, DEPTH, HEADS, MLP_RATIO, DISTILLED);
    return distills ? all : all.subList(0, all.size() - 1);
  }

  @Override
  public Values named(String model) {
    return values(config(model));
  }

  @Override
  public Optional<Values> values(ModelConfig config) {
    return Optional.of(values((ViTConfig) config));
  }

  private static Values values(ViTConfig config) {
    return new Values()
        .put(IMAGE_SIZE, config.imageSize())
        .put(PATCH_SIZE, config.patchSize())
        .put(CHANNELS, config.channels())
        .put(WIDTH, config.width())
        .put(DEPTH, config.depth())
        .put(HEADS, config.heads())
        .put(MLP_RATIO, (double) config.mlpWidth() / config.width())
        .put(DISTILLED, config.distilled());
  }

  @Override
  public Optional<Misfit> misfit(Values values) {
    int imageSize = values.get(IMAGE_SIZE);
    int width = values.get(WIDTH);
    double mlpWidth = width * values.get(MLP_RATIO);
    if (imageSize % values.get(PATCH_SIZE) != 0) {
      return Optional.of(new Misfit(PATCH_SIZE, "a divisor of image-size " + imageSize));
    }
    if (width % values.get(HEADS) != 0) {
      return Optional.of(new Misfit(HEADS, "a divisor of width " + width));
    }
    return mlpWidth == Math.rint(mlpWidth) && mlpWidth >= 1
        ? Optional.empty()
        : Optional.of(new Misfit(MLP_RATIO, "a whole number when multiplied by width " + width));
  }

  @Override
  public ModelConfig configure(Values values, int classes) {
    int width = values.get(WIDTH);
    return new ViTConfig(
        this,
        values.get(IMAGE_SIZE),
        values.get(PATCH_SIZE),
        values.get(CHANNELS),
        classes,
        width,
        values.get(DEPTH),
        values.get(HEADS),
        (int) (width * values.get(MLP_RATIO)),
        distills && values.get(DISTILLED));
  }

  @Override
  public final Optional<ModelConfig> fromJson(JsonValue sizes) throws JsonException {
    if (!sizes.has(mark)) {
      return Optional.empty();
    }
    return Optional.of(
        new ViTConfig(
            this,
            sizes.get("image-size").asInt(),
            sizes.get("patch-size").asInt(),
            sizes.get("channels").asInt(),
            sizes.get("classes").asInt(),
            sizes.get("width").asInt(),
            sizes.get("depth").asInt(),
            sizes.get("heads").asInt(),
            sizes.get("mlp-width").asInt(),
            distills && sizes.get(mark).asBoolean()));
  }

  /** Reads the sizes from the tensors; heads are those of a registered model, or 64 wide. */
  @Override
  public ViTConfig infer(Function<String, Shape> shapes, OptionalInt heads) {
    Shape patch = requireShape(shapes, "patch_embed.proj.weight", 4);
    Shape positions = requireShape(shapes, TokenLayout.POSITIONS, 3);
    Shape head = requireShape(shapes, "head.weight", 2);
    Shape hidden = requireShape(shapes, "blocks.0.mlp.fc1.weight", 2);
    boolean distilled = distills && shapes.apply("dist_token") != null;
    int depth = 0;
    while (shapes.apply("blocks." + depth + ".norm1.weight") != null) {
      depth++;
    }
    int width = patch.size(0);
    int side = (int) Math.round(Math.sqrt(positions.size(1) - positioned(distilled ? 2 : 1)));
    return new ViTConfig(
        this,
        side * patch.size(2),
        patch.size(2),
        patch.size(1),
        head.size(0),
        width,
        depth,
        heads.isPresent() ? heads.getAsInt() : heads(width, depth),
        hidden.size(0),
        distilled);
  }

  private int heads(int width, int depth) {
    for (ViTConfig config : models.values()) {
      if (config.width() == width && config.depth() == depth) {
        return config.heads();
      }
    }
    if (width % HEAD_WIDTH != 0) {
      throw new IllegalArgumentException(
          "expected a width that is a multiple of 64, the channels of an attention head, or the"
              + " number of heads said beside (--heads), found width "
              + width);
    }
    return width / HEAD_WIDTH;
  }

  @Override
  public final boolean isOfHead(String tensor) {
    return tensor.startsWith("head.") || tensor.startsWith("head_dist.");
  }
}
