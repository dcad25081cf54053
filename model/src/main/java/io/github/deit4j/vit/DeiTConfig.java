package io.github.deit4j.vit;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The sizes of a DeiT (Touvron et al. 2021, table 1).
 *
 * @param imageSize rows and columns of an image
 * @param patchSize rows and columns of a patch; divides imageSize
 * @param channels channels of an image
 * @param classes number of classes
 * @param width embedding width D; a multiple of heads
 * @param depth number of blocks
 * @param heads attention heads
 * @param mlpWidth hidden width of the feed-forward part
 * @param distilled whether there is a distillation token with a head of its own
 */
public record DeiTConfig(
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
  public DeiTConfig {
    positive("imageSize", imageSize);
    positive("patchSize", patchSize);
    positive("channels", channels);
    positive("classes", classes);
    positive("width", width);
    positive("depth", depth);
    positive("heads", heads);
    positive("mlpWidth", mlpWidth);
    if (imageSize % patchSize != 0) {
      throw new IllegalArgumentException(
          "patchSize: expected a divisor of imageSize " + imageSize + ", found " + patchSize);
    }
    if (width % heads != 0) {
      throw new IllegalArgumentException(
          "heads: expected a divisor of width " + width + ", found " + heads);
    }
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + ": expected 1 or more, found " + value);
    }
  }

  private record Size(int width, int heads) {}

  private static final Map<String, Size> SIZES =
      Map.of("tiny", new Size(192, 3), "small", new Size(384, 6), "base", new Size(768, 12));

  private static final List<String> NAMES =
      List.of(
          "deit_tiny_patch16_224",
          "deit_small_patch16_224",
          "deit_base_patch16_224",
          "deit_tiny_distilled_patch16_224",
          "deit_small_distilled_patch16_224",
          "deit_base_distilled_patch16_224",
          "deit_base_patch16_384",
          "deit_base_distilled_patch16_384");

  /** Returns the registered names, as the reference code has them. */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * Returns the configuration of a registered name, for 1000 classes and RGB images.
   *
   * @throws IllegalArgumentException if no model has that name; lists those there are
   */
  public static DeiTConfig named(String name) {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException(
          "model '" + name + "' is not known: expected one of " + String.join(", ", NAMES));
    }
    String[] parts = name.split("_", -1);
    Size size = SIZES.get(parts[1]);
    int image = Integer.parseInt(parts[parts.length - 1]);
    return new DeiTConfig(
        image,
        16,
        3,
        1000,
        size.width(),
        12,
        size.heads(),
        4 * size.width(),
        name.contains("distilled"));
  }

  /** Returns the same sizes with another number of classes. */
  public DeiTConfig withClasses(int count) {
    return new DeiTConfig(
        imageSize, patchSize, channels, count, width, depth, heads, mlpWidth, distilled);
  }

  /**
   * Returns the same sizes for images of another size.
   *
   * @throws IllegalArgumentException if patches do not divide it
   */
  public DeiTConfig withImageSize(int size) {
    return new DeiTConfig(
        size, patchSize, channels, classes, width, depth, heads, mlpWidth, distilled);
  }

  /** Returns the number of tokens in front of the patches: 2 with distillation token, else 1. */
  public int prefixTokens() {
    return distilled ? 2 : 1;
  }

  /** Returns the number of patches in a row, and of rows. */
  public int patchesPerSide() {
    return imageSize / patchSize;
  }

  /** Returns the number of patches. */
  public int patches() {
    return Math.multiplyExact(patchesPerSide(), patchesPerSide());
  }

  /** Returns the number of tokens N. */
  public int tokens() {
    return patches() + prefixTokens();
  }

  @Override
  public String family() {
    return "DeiT";
  }

  @Override
  public boolean mixesImages() {
    return false;
  }

  @Override
  public Model create(Backend backend, boolean trainable, double dropPath) {
    return new DeiT(backend, this, trainable, dropPath);
  }

  @Override
  public long parameterCount() {
    long d = width;
    long embedding = d * channels * patchSize * patchSize + d + prefixTokens() * d + tokens() * d;
    long block = 4 * d + (3 * d * d + 3 * d) + (d * d + d) + (2 * d * mlpWidth + mlpWidth + d);
    long heads = prefixTokens() * (d * classes + classes);
    return embedding + depth * block + 2 * d + heads;
  }

  @Override
  public Map<String, String> toMetadata() {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("model.image-size", Integer.toString(imageSize));
    metadata.put("model.patch-size", Integer.toString(patchSize));
    metadata.put("model.channels", Integer.toString(channels));
    metadata.put("model.classes", Integer.toString(classes));
    metadata.put("model.width", Integer.toString(width));
    metadata.put("model.depth", Integer.toString(depth));
    metadata.put("model.heads", Integer.toString(heads));
    metadata.put("model.mlp-width", Integer.toString(mlpWidth));
    metadata.put("model.distilled", Boolean.toString(distilled));
    return metadata;
  }
}
