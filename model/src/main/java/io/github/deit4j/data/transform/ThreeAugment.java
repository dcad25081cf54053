package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.Transform;
import io.github.deit4j.random.Philox;

/**
 * 3-Augment (Touvron et al. 2022, "DeiT III", section 3.2), as the reference code has it: one of
 * turning grey, solarizing, and a Gaussian blur of 0.1 to 2 pixels, each as often.
 */
public record ThreeAugment() implements Transform {
  private static final int SOLARIZE_FROM = 128;
  private static final double LEAST_BLUR = 0.1;
  private static final double MOST_BLUR = 2;

  @Override
  public Image apply(Image image, Philox random) {
    return switch (random.nextInt(3)) {
      case 0 -> Enhance.color(image, 0);
      case 1 -> ColorTables.solarize(image, SOLARIZE_FROM);
      default ->
          GaussianBlur.of(LEAST_BLUR + (MOST_BLUR - LEAST_BLUR) * random.nextDouble()).apply(image);
    };
  }
}
