package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.Transform;
import io.github.deit4j.random.Philox;

/**
 * Resizes so that the shorter side has a given length and the aspect ratio stays (torchvision's
 * {@code Resize(int)} on Pillow images): the longer side is short · long / short, truncated.
 *
 * @param shorterSide length of the shorter side after the resize
 * @param interpolation filter
 */
public record Resize(int shorterSide, Interpolation interpolation) implements Transform {
  /** Requires a positive length. */
  public Resize {
    Transform.require(shorterSide > 0, "resize: side must be positive", shorterSide);
  }

  @Override
  public Image apply(Image image, Philox random) {
    return image.height() <= image.width()
        ? Resampler.resize(
            image, shorterSide, longerSide(image.width(), image.height()), interpolation)
        : Resampler.resize(
            image, longerSide(image.height(), image.width()), shorterSide, interpolation);
  }

  private int longerSide(int longer, int shorter) {
    return (int) ((double) ((long) shorterSide * longer) / shorter);
  }
}
