package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.Transform;
import io.github.deit4j.random.Philox;

/**
 * Cuts the middle square; an odd rest is split as torchvision does, half a pixel rounded to even.
 *
 * @param size height and width of the square
 */
public record CenterCrop(int size) implements Transform {
  /** Requires a positive size. */
  public CenterCrop {
    Transform.require(size > 0, "center crop: size must be positive", size);
  }

  /**
   * {@inheritDoc}
   *
   * @throws io.github.deit4j.tensor.ShapeException if the image is smaller than the square
   */
  @Override
  public Image apply(Image image, Philox random) {
    RandomCrop.requireRoom(image, 0, size, "center crop");
    int top = (int) Math.rint((image.height() - size) / 2.0);
    int left = (int) Math.rint((image.width() - size) / 2.0);
    return image.crop(top, left, size, size);
  }
}
