package io.github.deit4j.vit;

import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.TokenLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The sizes of a vision transformer (Dosovitskiy et al. 2021, table 1). */
public interface ViTConfig extends ModelConfig {
  /** Returns the rows and columns of a patch. */
  int patchSize();

  /** Returns the embedding width D. */
  int width();

  /** Returns the number of blocks. */
  int depth();

  /** Returns the attention heads of a block. */
  int heads();

  /** Returns the hidden width of the feed-forward part. */
  int mlpWidth();

  /** Returns the parameters of the tokens in front of the patches. */
  List<String> prefix();

  /** Returns how many of the tokens in front get a position. */
  int positionedPrefix();

  /** Returns the number of tokens in front of the patches. */
  default int prefixTokens() {
    return prefix().size();
  }

  /** Returns the number of patches in a row, and of rows. */
  default int patchesPerSide() {
    return imageSize() / patchSize();
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
    return new TokenLayout(prefix(), positionedPrefix(), patchesPerSide(), depth(), heads());
  }

  @Override
  default Optional<TokenLayout> tokenLayout() {
    return Optional.of(layout());
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

  /**
   * Checks the sizes against each other.
   *
   * @throws IllegalArgumentException naming the size, the expectation and the finding
   */
  default void check() {
    positive("imageSize", imageSize());
    positive("patchSize", patchSize());
    positive("channels", channels());
    positive("classes", classes());
    positive("width", width());
    positive("depth", depth());
    positive("heads", heads());
    positive("mlpWidth", mlpWidth());
    divides("patchSize", patchSize(), "imageSize", imageSize());
    divides("heads", heads(), "width", width());
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
}
