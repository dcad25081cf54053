package io.github.deit4j.data.transform;

import io.github.deit4j.data.Transform;
import io.github.deit4j.data.Image;
import io.github.deit4j.random.Philox;

/**
 * Cuts a square at a random place of the image with a black border around it. Draws the row, then
 * the column.
 *
 * @param size height and width of the square
 * @param padding width of the border, 0 for none
 */
public record RandomCrop(int size, int padding) implements Transform {
  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if size is not positive or padding is negative
   */
  public RandomCrop {
    if (size < 1 || padding < 0) {
      throw new IllegalArgumentException(
          "random crop: size must be positive and padding not negative, found "
              + size
              + " and "
              + padding);
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws io.github.deit4j.tensor.ShapeException if the image with its border is smaller than the
   *     square
   */
  @Override
  public Image apply(Image image, Philox random) {
    Crop.requireRoom(image, padding, size, "random crop");
    int top = random.nextInt(image.height() + 2 * padding - size + 1) - padding;
    int left = random.nextInt(image.width() + 2 * padding - size + 1) - padding;
    return Crop.cut(image, top, left, size, size);
  }
}
