package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.Transform;
import io.github.deit4j.random.Philox;

/**
 * Cuts out a random part of the image and resizes it to a square (Szegedy et al. 2015), as
 * torchvision does it: an area drawn evenly, an aspect ratio drawn log-evenly from 3/4 to 4/3, ten
 * tries; where none fits, the middle of the image, cut to that range of ratios.
 *
 * @param size height and width of the result
 * @param minArea least share of the image's area, above 0 and at most 1
 * @param interpolation filter of the resize
 */
public record RandomResizedCrop(int size, double minArea, Interpolation interpolation)
    implements Transform {
  private static final int TRIES = 10;
  private static final double MIN_RATIO = 3.0 / 4;
  private static final double MAX_RATIO = 4.0 / 3;

  /** Requires a positive size and an area of (0, 1]. */
  public RandomResizedCrop {
    Transform.require(
        size > 0 && minArea > 0 && minArea <= 1,
        "random resized crop: size must be positive and the least area of (0, 1]",
        size,
        minArea);
  }

  /** A part of an image. */
  record Part(int top, int left, int height, int width) {}

  @Override
  public Image apply(Image image, Philox random) {
    Part part = draw(image.height(), image.width(), random);
    Image cut = image.crop(part.top(), part.left(), part.height(), part.width());
    return Resampler.resize(cut, size, size, interpolation);
  }

  /** The part is never decoded smaller than it will be. */
  @Override
  public int reduction(int height, int width, Philox random) {
    Part part = draw(height, width, random);
    return Math.max(1, Math.min(part.height(), part.width()) / size);
  }

  Part draw(int height, int width, Philox random) {
    double area = (double) height * width;
    double low = StrictMath.log(MIN_RATIO);
    double high = StrictMath.log(MAX_RATIO);
    for (int attempt = 0; attempt < TRIES; attempt++) {
      double target = area * (minArea + (1 - minArea) * random.nextDouble());
      double ratio = StrictMath.exp(low + (high - low) * random.nextDouble());
      int w = (int) Math.rint(Math.sqrt(target * ratio));
      int h = (int) Math.rint(Math.sqrt(target / ratio));
      if (w > 0 && w <= width && h > 0 && h <= height) {
        return new Part(random.nextInt(height - h + 1), random.nextInt(width - w + 1), h, w);
      }
    }
    return middle(height, width);
  }

  private static Part middle(int height, int width) {
    double ratio = (double) width / height;
    int w = width;
    int h = height;
    if (ratio < MIN_RATIO) {
      h = Math.min(height, (int) Math.rint(w / MIN_RATIO));
    } else if (ratio > MAX_RATIO) {
      w = Math.min(width, (int) Math.rint(h * MAX_RATIO));
    }
    return new Part((height - h) / 2, (width - w) / 2, h, w);
  }
}
