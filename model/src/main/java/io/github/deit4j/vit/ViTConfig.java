package io.github.deit4j.vit;

import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.TokenLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The sizes of a vision transformer (Dosovitskiy et al. 2021, table 1). */
public interface ViTConfig extends ModelConfig {
  /**
   * What all of them have.
   *
   * @param imageSize rows and columns of an image
   * @param patchSize rows and columns of a patch; divides imageSize
   * @param channels channels of an image
   * @param classes number of classes
   * @param width embedding width D; a multiple of heads
   * @param depth number of blocks
   * @param heads attention heads of a block
   * @param mlpWidth hidden width of the feed-forward part
   */
  record Sizes(
      int imageSize,
      int patchSize,
      int channels,
      int classes,
      int width,
      int depth,
      int heads,
      int mlpWidth) {
    /**
     * Checks the sizes against each other.
     *
     * @throws IllegalArgumentException naming the size, the expectation and the finding
     */
    public Sizes {
      positive("imageSize", imageSize);
      positive("patchSize", patchSize);
      positive("channels", channels);
      positive("classes", classes);
      positive("width", width);
      positive("depth", depth);
      positive("heads", heads);
      positive("mlpWidth", mlpWidth);
      divides("patchSize", patchSize, "imageSize", imageSize);
      divides("heads", heads, "width", width);
    }

    private static void positive(String name, int value) {
      if (value < 1) {
        throw new IllegalArgumentException(name + ": expected 1 or more, found " + value);
      }
    }

    private static void divides(String name, int value, String of, int size) {
      if (size % value != 0) {
        throw new IllegalArgumentException(
            "%s: expected a divisor of %s %d, found %d".formatted(name, of, size, value));
      }
    }

    /** Returns a published model's: RGB images of 1000 classes, an MLP four times as wide. */
    static Sizes published(int imageSize, int patchSize, int width, int depth, int heads) {
      return new Sizes(imageSize, patchSize, 3, 1000, width, depth, heads, 4 * width);
    }
  }

  /** Returns the sizes. */
  Sizes sizes();

  /** Returns the same with other sizes. */
  ViTConfig with(Sizes sizes);

  /** Returns the parameters of the tokens in front of the patches. */
  List<String> prefix();

  /** Returns how many of the tokens in front get a position. */
  int positionedPrefix();

  @Override
  default int imageSize() {
    return sizes().imageSize();
  }

  /** Returns the rows and columns of a patch. */
  default int patchSize() {
    return sizes().patchSize();
  }

  @Override
  default int channels() {
    return sizes().channels();
  }

  @Override
  default int classes() {
    return sizes().classes();
  }

  /** Returns the embedding width D. */
  default int width() {
    return sizes().width();
  }

  /** Returns the number of blocks. */
  default int depth() {
    return sizes().depth();
  }

  /** Returns the attention heads of a block. */
  default int heads() {
    return sizes().heads();
  }

  /** Returns the hidden width of the feed-forward part. */
  default int mlpWidth() {
    return sizes().mlpWidth();
  }

  @Override
  default ViTConfig withImageSize(int size) {
    return with(
        new Sizes(size, patchSize(), channels(), classes(), width(), depth(), heads(), mlpWidth()));
  }

  @Override
  default ViTConfig withClasses(int count) {
    return with(
        new Sizes(
            imageSize(), patchSize(), channels(), count, width(), depth(), heads(), mlpWidth()));
  }

  /** Returns the number of tokens in front of the patches. */
  default int prefixTokens() {
    return prefix().size();
  }

  /** Returns the number of patches. */
  default int patches() {
    return layout().patches();
  }

  /** Returns the number of tokens N. */
  default int tokens() {
    return layout().tokens();
  }

  /** Returns how tokens lie. */
  default TokenLayout layout() {
    return new TokenLayout(
        prefix(), positionedPrefix(), imageSize() / patchSize(), depth(), heads());
  }

  @Override
  default Optional<TokenLayout> tokenLayout() {
    return Optional.of(layout());
  }

  /**
   * Returns a block's rate of stochastic depth, given the last one's. It grows linearly from 0 in
   * the first (Touvron et al. 2021; Huang et al. 2016).
   */
  default double dropRate(int block, double last) {
    return depth() == 1 ? 0 : last * block / (depth() - 1);
  }

  @Override
  default boolean mixesImages() {
    return false;
  }

  @Override
  default long parameterCount() {
    long d = width();
    long mlp = mlpWidth();
    long embedding = d * channels() * patchSize() * patchSize() + d;
    long tokens = (prefixTokens() + layout().positions()) * d;
    long block = 4 * d + (3 * d * d + 3 * d) + (d * d + d) + (2 * d * mlp + mlp + d);
    long heads = prefixTokens() * (d * classes() + classes());
    return embedding + tokens + depth() * block + 2 * d + heads;
  }

  @Override
  default Flop flop() {
    double width = width();
    double tokens = tokens();
    double patch = (double) channels() * patchSize() * patchSize();
    double embedding = 2 * patches() * patch * width;
    double linear = 2 * tokens * (4 * width * width + 2 * width * mlpWidth());
    double products = 2 * 2 * tokens * tokens * width;
    double heads = 2.0 * prefixTokens() * width * classes();
    return new Flop(embedding + depth() * (linear + products) + heads, embedding);
  }

  @Override
  default Map<String, Object> toJson() {
    Map<String, Object> sizes = new TreeMap<>();
    sizes.put("image-size", imageSize());
    sizes.put("patch-size", patchSize());
    sizes.put("channels", channels());
    sizes.put("classes", classes());
    sizes.put("width", width());
    sizes.put("depth", depth());
    sizes.put("heads", heads());
    sizes.put("mlp-width", mlpWidth());
    return sizes;
  }
}
