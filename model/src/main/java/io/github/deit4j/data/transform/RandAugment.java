package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.Transform;
import io.github.deit4j.data.transform.Affine.Sampling;
import io.github.deit4j.random.Philox;

/**
 * RandAugment (Cubuk et al. 2020) as timm has it, on the increasing set of 15 operations: each
 * layer draws one of them, which takes place with probability ½ at a level near the magnitude and
 * in a random direction. DeiT's {@code rand-m9-mstd0.5-inc1} is magnitude 9, deviation 0.5 and 2
 * layers.
 *
 * @param magnitude mean of the level, 0 to 10
 * @param deviation standard deviation of the level before it is cut off at 0 and 10
 * @param layers operations drawn for an image, with replacement
 * @param interpolation filter of the geometric operations
 */
public record RandAugment(
    double magnitude, double deviation, int layers, Interpolation interpolation)
    implements Transform {
  private static final double PROBABILITY = 0.5;

  /** Requires a magnitude of [0, 10], and a deviation and layers that are not negative. */
  public RandAugment {
    Transform.require(
        magnitude >= 0 && magnitude <= ImageOp.MAX_LEVEL && deviation >= 0 && layers >= 0,
        "RandAugment: expected a magnitude of 0 to 10, a deviation and layers of at least 0",
        magnitude,
        deviation,
        layers);
  }

  @Override
  public Image apply(Image image, Philox random) {
    var sampling = Sampling.of(interpolation);
    Image result = image;
    for (int layer = 0; layer < layers; layer++) {
      ImageOp op = ImageOp.INCREASING.get(random.nextInt(ImageOp.INCREASING.size()));
      boolean fires = random.nextDouble() < PROBABILITY;
      double level =
          Math.clamp(magnitude + deviation * random.nextGaussian(), 0, ImageOp.MAX_LEVEL);
      int sign = random.nextDouble() < 0.5 ? 1 : -1;
      if (fires) {
        result = op.apply(result, op.argument(level, sign), sampling);
      }
    }
    return result;
  }
}
