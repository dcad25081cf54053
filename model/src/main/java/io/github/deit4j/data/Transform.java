package io.github.deit4j.data;

import io.github.deit4j.random.Philox;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes an image from an image. Holds no state, so that all threads may share one. */
@FunctionalInterface
public interface Transform {
  /**
   * Transforms an image and leaves the given one as it is.
   *
   * @param random the sample's own stream; a transform without chance draws nothing
   */
  Image apply(Image image, Philox random);

  /**
   * Returns what {@link #apply} makes of an image, where that is no more than a part of it, perhaps
   * mirrored. Whether there is such a view depends on the image's channels and size alone.
   *
   * @param image what is seen of a stored image before
   * @param random a stream with the numbers that {@link #apply} would draw
   * @return nothing if this computes pixels, or for an image that it refuses
   */
  default Optional<ImageView> view(ImageView image, Philox random) {
    return Optional.empty();
  }

  /**
   * Returns what an image's sides may be divided by while it is decoded, because this transform
   * makes it that much smaller anyway.
   *
   * @param random a stream with the numbers that {@link #apply} will draw
   */
  default int reduction(int height, int width, Philox random) {
    return 1;
  }

  /**
   * Requires that an image of this size does not become too large on its way through {@link
   * #apply}, as a thin one does whose shorter side is resized.
   *
   * @param name what errors call the image
   * @throws CorruptImageException if it does
   */
  default void requireFits(String name, int height, int width) throws CorruptImageException {}

  /** Requires that numbers make sense, else throws with the expectation and what was found. */
  static void require(boolean holds, String expectation, Object... found) {
    if (!holds) {
      String values = Stream.of(found).map(String::valueOf).collect(Collectors.joining(" and "));
      throw new IllegalArgumentException(expectation + ", found " + values);
    }
  }
}
