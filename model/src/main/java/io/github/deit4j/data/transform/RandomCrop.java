package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.Transform;
import io.github.deit4j.random.Philox;
import io.github.deit4j.tensor.ShapeException;

/**
 * Cuts a square at a random place of the image with a black border around it. Draws the row, then
 * the column.
 *
 * @param size height and width of the square
 * @param padding width of the border, 0 for none
 */
public record RandomCrop(int size, int padding) implements Transform {
  /** Requires a positive size and a padding that is not negative. */
  public RandomCrop {
    Transform.require(
        size > 0 && padding >= 0,
        "random crop: size must be positive and padding not negative",
        size,
        padding);
  }

  /**
   * {@inheritDoc}
   *
   * @throws io.github.deit4j.tensor.ShapeException if the image with its border is smaller than the
   *     square
   */
  @Override
  public Image apply(Image image, Philox random) {
    requireRoom(image, padding, size, "random crop");
    int top = random.nextInt(image.height() + 2 * padding - size + 1) - padding;
    int left = random.nextInt(image.width() + 2 * padding - size + 1) - padding;
    return image.crop(top, left, size, size);
  }

  /** Refuses an image, counted with its padding, that is smaller than the square to cut. */
  static void requireRoom(Image image, int padding, int size, String transform) {
    if (image.height() + 2 * padding < size || image.width() + 2 * padding < size) {
      throw new ShapeException(
          "%s: a square of %d can't be cut from an image of %s%s; put a resize in front"
              .formatted(
                  transform,
                  size,
                  image.shapeText(),
                  padding == 0 ? "" : " with padding " + padding));
    }
  }
}
