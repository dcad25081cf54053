package io.github.deit4j.data;

import io.github.deit4j.random.Philox;

/** Makes an image from an image. Holds no state, so that all threads may share one. */
@FunctionalInterface
public interface Transform {
  /**
   * Transforms an image and leaves the given one as it is.
   *
   * @param image the image
   * @param random the sample's own stream; a transform without chance draws nothing
   */
  Image apply(Image image, Philox random);

  /**
   * Returns what an image's sides may be divided by while it is decoded, because this transform
   * makes it that much smaller anyway.
   *
   * @param height rows of the full image
   * @param width columns of the full image
   * @param random a stream with the numbers that {@link #apply} will draw
   */
  default int reduction(int height, int width, Philox random) {
    return 1;
  }
}
