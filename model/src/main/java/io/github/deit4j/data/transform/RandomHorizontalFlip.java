package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.Transform;
import io.github.deit4j.random.Philox;

/**
 * Swaps left and right with a given probability. Always draws one number.
 *
 * @param probability chance of a flip, 0 to 1
 */
public record RandomHorizontalFlip(double probability) implements Transform {
  /** Requires a probability of [0, 1]. */
  public RandomHorizontalFlip {
    Transform.require(
        probability >= 0 && probability <= 1,
        "random flip: probability must be of 0 to 1",
        probability);
  }

  @Override
  public Image apply(Image image, Philox random) {
    return random.nextDouble() < probability ? flip(image) : image;
  }

  private static Image flip(Image image) {
    int width = image.width();
    byte[] source = image.pixels();
    byte[] target = new byte[source.length];
    for (int row = 0; row < source.length; row += width) {
      for (int x = 0; x < width; x++) {
        target[row + x] = source[row + width - 1 - x];
      }
    }
    return image.withPixels(target);
  }
}
