package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;

/**
 * Pillow's ImageEnhance: {@code degenerate + factor·(image − degenerate)} in float, truncated to an
 * integer of 0 to 255. Factor 0 gives the degenerate image, 1 the image itself.
 */
final class Enhance {
  private Enhance() {}

  /** Between the grey image and the coloured. */
  static Image color(Image image, double factor) {
    if (image.channels() == 1) {
      return image;
    }
    float f = (float) factor;
    int plane = image.planeSize();
    byte[] source = image.pixels();
    byte[] target = new byte[source.length];
    for (int i = 0; i < plane; i++) {
      int grey =
          ToGrey.luma(source[i] & 0xFF, source[plane + i] & 0xFF, source[2 * plane + i] & 0xFF);
      for (int at = i; at < source.length; at += plane) {
        target[at] = blend(grey, source[at] & 0xFF, f);
      }
    }
    return image.withPixels(target);
  }

  /** Between the image's mean grey and the image. */
  static Image contrast(Image image, double factor) {
    return towards(meanGrey(image), image, factor);
  }

  /** Between black and the image. */
  static Image brightness(Image image, double factor) {
    return towards(0, image, factor);
  }

  private static Image towards(int degenerate, Image image, double factor) {
    float f = (float) factor;
    return ColorTables.apply(image, ColorTables.table(level -> blend(degenerate, level, f)));
  }

  private static int meanGrey(Image image) {
    byte[] grey = new ToGrey().apply(image, null).pixels();
    long sum = 0;
    for (byte level : grey) {
      sum += level & 0xFF;
    }
    return (int) ((double) sum / grey.length + 0.5);
  }

  /** Between the smoothed image and the image. */
  static Image sharpness(Image image, double factor) {
    float f = (float) factor;
    byte[] source = image.pixels();
    byte[] target = Smooth.apply(image).pixels();
    for (int i = 0; i < target.length; i++) {
      target[i] = blend(target[i] & 0xFF, source[i] & 0xFF, f);
    }
    return image.withPixels(target);
  }

  private static byte blend(int degenerate, int level, float factor) {
    return (byte) Math.clamp((int) (degenerate + factor * (level - degenerate)), 0, 255);
  }
}
