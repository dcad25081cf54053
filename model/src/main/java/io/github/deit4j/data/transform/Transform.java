package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
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
}
