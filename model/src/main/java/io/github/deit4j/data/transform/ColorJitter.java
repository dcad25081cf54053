package io.github.deit4j.data.transform;

import io.github.deit4j.data.EpochOrder;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.Transform;
import io.github.deit4j.random.Philox;

/**
 * Changes brightness, contrast and saturation, in random order, each by a factor drawn evenly from
 * 1 − strength (at least 0) to 1 + strength; the hue stays.
 *
 * @param strength how far factors may be from 1
 */
public record ColorJitter(double strength) implements Transform {
  /** Requires a finite strength of at least 0. */
  public ColorJitter {
    Transform.require(
        strength >= 0 && strength <= Double.MAX_VALUE,
        "color jitter: strength must be at least 0",
        strength);
  }

  private enum Change {
    BRIGHTNESS,
    CONTRAST,
    SATURATION
  }

  @Override
  public Image apply(Image image, Philox random) {
    Image result = image;
    for (int change : EpochOrder.shuffled(Change.values().length, random)) {
      double least = Math.max(0, 1 - strength);
      double factor = least + (1 + strength - least) * random.nextDouble();
      result =
          switch (Change.values()[change]) {
            case BRIGHTNESS -> Enhance.brightness(result, factor);
            case CONTRAST -> Enhance.contrast(result, factor);
            case SATURATION -> Enhance.color(result, factor);
          };
    }
    return result;
  }
}
