package io.github.deit4j.vit;

import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.nn.Hyperparameter;
import io.github.deit4j.nn.Hyperparameter.Values;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.ModelFamily;
import io.github.deit4j.nn.TokenLayout;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.vit.ViTConfig.Sizes;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/** What all vision transformers have in common. */
abstract class ViTFamily implements ModelFamily {
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

  /**
   * Returns the family's configuration with these sizes.
   *
   * @param distilled whether there is a distillation token, for a family that knows it
   */
  abstract ViTConfig config(Sizes sizes, boolean distilled);

  /** Returns the configuration of a registered name. */
  @Override
  public abstract ViTConfig config(String model);

  @Override
  public List<Hyperparameter<?>> hyperparameters() {
    return List.of(
        Hyperparameter.IMAGE_SIZE,
        PATCH_SIZE,
        Hyperparameter.CHANNELS,
        WIDTH,
        Hyperparameter.DEPTH,
        HEADS,
        MLP_RATIO);
  }

  @Override
  public Values named(String model) {
    ViTConfig config = config(model);
    return new Values()
        .put(Hyperparameter.IMAGE_SIZE, config.imageSize())
        .put(PATCH_SIZE, config.patchSize())
        .put(Hyperparameter.CHANNELS, config.channels())
        .put(WIDTH, config.width())
        .put(Hyperparameter.DEPTH, config.depth())
        .put(HEADS, config.heads())
        .put(MLP_RATIO, (double) config.mlpWidth() / config.width())
        .put(Hyperparameter.DISTILLED, config.distilled());
  }

  @Override
  public Optional<Misfit> misfit(Values values) {
    int imageSize = values.get(Hyperparameter.IMAGE_SIZE);
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
    return config(
        new Sizes(
            values.get(Hyperparameter.IMAGE_SIZE),
            values.get(PATCH_SIZE),
            values.get(Hyperparameter.CHANNELS),
            classes,
            width,
            values.get(Hyperparameter.DEPTH),
            values.get(HEADS),
            (int) (width * values.get(MLP_RATIO))),
        values.get(Hyperparameter.DISTILLED));
  }

  final ViTConfig read(JsonValue json, boolean distilled) throws JsonException {
    return config(
        new Sizes(
            json.get("image-size").asInt(),
            json.get("patch-size").asInt(),
            json.get("channels").asInt(),
            json.get("classes").asInt(),
            json.get("width").asInt(),
            json.get("depth").asInt(),
            json.get("heads").asInt(),
            json.get("mlp-width").asInt()),
        distilled);
  }

  /** Reads the sizes from the tensors; heads are those of a registered model, or 64 wide. */
  @Override
  public ViTConfig infer(Function<String, Shape> shapes, OptionalInt heads) {
    Shape patch = shape(shapes, "patch_embed.proj.weight", 4);
    Shape positions = shape(shapes, TokenLayout.POSITIONS, 3);
    Shape head = shape(shapes, "head.weight", 2);
    Shape hidden = shape(shapes, "blocks.0.mlp.fc1.weight", 2);
    boolean distilled = shapes.apply("dist_token") != null;
    int depth = 0;
    while (shapes.apply("blocks." + depth + ".norm1.weight") != null) {
      depth++;
    }
    int width = patch.size(0);
    int side = (int) Math.round(Math.sqrt(positions.size(1) - positionedPrefix(distilled)));
    return config(
        new Sizes(
            side * patch.size(2),
            patch.size(2),
            patch.size(1),
            head.size(0),
            width,
            depth,
            heads.isPresent() ? heads.getAsInt() : heads(width, depth),
            hidden.size(0)),
        distilled);
  }

  /** Returns how many tokens in front have a position. */
  abstract int positionedPrefix(boolean distilled);

  private int heads(int width, int depth) {
    for (String model : models()) {
      ViTConfig config = config(model);
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

  private Shape shape(Function<String, Shape> shapes, String name, int rank) {
    Shape shape = shapes.apply(name);
    if (shape == null || shape.rank() != rank) {
      throw new IllegalArgumentException(
          "expected a %s's tensor %s with %d dimensions, found %s"
              .formatted(name(), name, rank, shape == null ? "no such tensor" : "shape " + shape));
    }
    return shape;
  }
}
