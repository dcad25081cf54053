package io.github.deit4j.vit;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.HuggingFaceModel;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.TokenLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The sizes of a vision transformer (Dosovitskiy et al. 2021, table 1).
 *
 * @param family what it is beside its sizes, such as {@link DeiTFamily#INSTANCE}
 * @param imageSize rows and columns of an image
 * @param patchSize rows and columns of a patch; divides imageSize
 * @param channels channels of an image
 * @param classes number of classes
 * @param width embedding width D; a multiple of heads
 * @param depth number of blocks
 * @param heads attention heads of a block
 * @param mlpWidth hidden width of the feed-forward part
 * @param distilled whether there is a distillation token with a head of its own
 */
public record ViTConfig(
    ViTFamily family,
    int imageSize,
    int patchSize,
    int channels,
    int classes,
    int width,
    int depth,
    int heads,
    int mlpWidth,
    boolean distilled)
    implements ModelConfig {
  /**
   * Checks the sizes against each other.
   *
   * @throws IllegalArgumentException naming the size, the expectation and the finding
   */
  public ViTConfig {
    ModelConfig.requireSize("imageSize", imageSize, LARGEST_IMAGE);
    ModelConfig.requireSize("patchSize", patchSize, LARGEST_IMAGE);
    ModelConfig.requireSize("channels", channels, LARGEST_WIDTH);
    ModelConfig.requireSize("classes", classes, MOST_CLASSES);
    ModelConfig.requireSize("width", width, LARGEST_WIDTH);
    ModelConfig.requireSize("depth", depth, MOST_BLOCKS);
    ModelConfig.requireSize("heads", heads, LARGEST_WIDTH);
    ModelConfig.requireSize("mlpWidth", mlpWidth, 64 * LARGEST_WIDTH);
    divides("patchSize", patchSize, "imageSize", imageSize);
    divides("heads", heads, "width", width);
  }

  private static void divides(String name, int value, String of, int size) {
    if (size % value != 0) {
      throw new IllegalArgumentException(
          "%s: expected a divisor of %s %d, found %d".formatted(name, of, size, value));
    }
  }

  /** Returns the parameters of the tokens in front of the patches. */
  public List<String> prefix() {
    return distilled ? List.of("cls_token", "dist_token") : List.of("cls_token");
  }

  /** Returns the number of tokens in front of the patches. */
  public int prefixTokens() {
    return prefix().size();
  }

  /** Returns the number of patches. */
  public int patches() {
    return layout().patches();
  }

  /** Returns the number of tokens N. */
  public int tokens() {
    return layout().tokens();
  }

  /** Returns how tokens lie. */
  public TokenLayout layout() {
    int positioned = family.positioned(prefixTokens());
    return new TokenLayout(prefix(), positioned, imageSize / patchSize, depth, heads);
  }

  @Override
  public Optional<TokenLayout> tokenLayout() {
    return Optional.of(layout());
  }

  @Override
  public ViTConfig withImageSize(int size) {
    return new ViTConfig(
        family, size, patchSize, channels, classes, width, depth, heads, mlpWidth, distilled);
  }

  @Override
  public ViTConfig withClasses(int count) {
    return new ViTConfig(
        family, imageSize, patchSize, channels, count, width, depth, heads, mlpWidth, distilled);
  }

  @Override
  public long parameterCount() {
    long d = width;
    long mlp = mlpWidth;
    long embedding = d * channels * patchSize * patchSize + d;
    long tokens = (prefixTokens() + layout().positions()) * d;
    long block = 4 * d + (3 * d * d + 3 * d) + (d * d + d) + (2 * d * mlp + mlp + d);
    long scales = family.hasLayerScale() ? 2 * d : 0;
    long classifiers = prefixTokens() * (d * classes + classes);
    return embedding + tokens + depth * (block + scales) + 2 * d + classifiers;
  }

  @Override
  public Flop flop() {
    double tokens = tokens();
    double patch = (double) channels * patchSize * patchSize;
    double embedding = 2 * patches() * patch * width;
    double linear = 2 * tokens * (4.0 * width * width + 2.0 * width * mlpWidth);
    double products = 2 * 2 * tokens * tokens * width;
    double classifiers = 2.0 * prefixTokens() * width * classes;
    return new Flop(embedding + depth * (linear + products) + classifiers, embedding);
  }

  @Override
  public Map<String, Object> toJson() {
    Map<String, Object> sizes = new TreeMap<>();
    sizes.put("image-size", imageSize);
    sizes.put("patch-size", patchSize);
    sizes.put("channels", channels);
    sizes.put("classes", classes);
    sizes.put("width", width);
    sizes.put("depth", depth);
    sizes.put("heads", heads);
    sizes.put("mlp-width", mlpWidth);
    family.describe(sizes, distilled);
    return sizes;
  }

  @Override
  public HuggingFaceModel huggingFace() {
    return family.huggingFace(this);
  }

  @Override
  public int featureWidth() {
    return width;
  }

  @Override
  public int layers() {
    return depth + 1;
  }

  @Override
  public int layer(String tensor) {
    if (family.isOfHead(tensor)) {
      return depth + 1;
    }
    if (tensor.startsWith("norm.")) {
      return depth;
    }
    String[] parts = tensor.split("\\.");
    return parts[0].equals("blocks") ? 1 + Integer.parseInt(parts[1]) : 0;
  }

  @Override
  public VisionTransformer create(Backend backend, Predicate<String> trains, double dropPath) {
    return new VisionTransformer(backend, this, trains, dropPath);
  }

  @Override
  public VisionTransformer create(Backend backend, boolean trainable, double dropPath) {
    return new VisionTransformer(backend, this, trainable, dropPath);
  }
}
