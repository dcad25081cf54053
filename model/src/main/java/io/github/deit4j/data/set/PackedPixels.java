package io.github.deit4j.data.set;

import io.github.deit4j.data.Transform;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;

/**
 * What a pack holds of images where it holds pixels: each decoded and resized, so that training
 * need not. Their ratio of height to width stays.
 *
 * @param side length of each image's shorter side
 * @param interpolation filter of the resize
 * @param exifOrientation whether pictures were turned upright as their EXIF data say
 */
public record PackedPixels(int side, Interpolation interpolation, boolean exifOrientation) {
  /** Requires a side of 1 to the largest to which images are resized. */
  public PackedPixels {
    long most = InputBudget.STANDARD.most(Limit.RESIZED_SIDE);
    Transform.require(side >= 1 && side <= most, "a side of 1 to " + most, side);
  }
}
