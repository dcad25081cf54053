package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.ImageView;
import io.github.deit4j.data.Transform;
import io.github.deit4j.random.Philox;
import io.github.deit4j.tensor.ShapeException;
import java.util.Optional;

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
    int top = begin(image.height(), random);
    int left = begin(image.width(), random);
    return image.crop(top, left, size, size);
  }

  @Override
  public Optional<ImageView> view(ImageView image, Philox random) {
    if (!hasRoom(image.height(), image.width(), padding, size)) {
      return Optional.empty();
    }
    int top = begin(image.height(), random);
    int left = begin(image.width(), random);
    return image.crop(top, left, size, size);
  }

  /** Draws where the square begins along a side of some length. */
  private int begin(int side, Philox random) {
    return random.nextInt(side + 2 * padding - size + 1) - padding;
  }

  /** Returns whether an image with its border is as large as the square. */
  static boolean hasRoom(int height, int width, int padding, int size) {
    return height + 2 * padding >= size && width + 2 * padding >= size;
  }

  /** Refuses an image, counted with its padding, that is smaller than the square to cut. */
  static void requireRoom(Image image, int padding, int size, String transform) {
    if (!hasRoom(image.height(), image.width(), padding, size)) {
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
