package io.github.deit4j.data.transform;

import io.github.deit4j.data.Transform;
import io.github.deit4j.data.Image;
import io.github.deit4j.random.Philox;

/**
 * Resizes to a given height and width, whatever the aspect ratio was.
 *
 * @param height rows after the resize
 * @param width columns after the resize
 * @param interpolation filter
 */
public record ResizeTo(int height, int width, Interpolation interpolation) implements Transform {
  /**
   * Checks the size.
   *
   * @throws IllegalArgumentException if height or width is not positive
   */
  public ResizeTo {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "resize: height and width must be positive, found " + height + " and " + width);
    }
  }

  @Override
  public Image apply(Image image, Philox random) {
    return Resampler.resize(image, height, width, interpolation);
  }
}
