package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.ImageView;
import io.github.deit4j.data.Transform;
import io.github.deit4j.random.Philox;
import java.util.Optional;

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
    return random.nextDouble() < probability ? image.mirror() : image;
  }

  @Override
  public Optional<ImageView> view(ImageView image, Philox random) {
    return Optional.of(random.nextDouble() < probability ? image.mirror() : image);
  }
}
