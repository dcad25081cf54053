package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import java.util.Arrays;

/**
 * Pillow's ImageEnhance: {@code degenerate + factor·(image − degenerate)} in float, truncated to an
 * integer of 0 to 255. Factor 0 gives the degenerate image, 1 the image itself.
 */
final class Enhance {
  private static final float SIDE = (float) (1.0 / 13);
  private static final float CENTRE = (float) (5.0 / 13);

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
          ToChannels.luma(source[i] & 0xFF, source[plane + i] & 0xFF, source[2 * plane + i] & 0xFF);
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
    byte[] grey = ToChannels.grey(image);
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
    byte[] target = smooth(image).pixels();
    for (int i = 0; i < target.length; i++) {
      target[i] = blend(target[i] & 0xFF, source[i] & 0xFF, f);
    }
    return image.withPixels(target);
  }

  /**
   * Pillow's 3×3 smoothing: the centre weighs 5/13, each neighbour 1/13; the outermost pixels stay.
   * In float, the lower row first, rounded by adding a half.
   */
  static Image smooth(Image image) {
    int width = image.width();
    byte[] source = image.pixels();
    byte[] target = source.clone();
    float[] row = new float[width];
    int[] levels = new int[width];
    for (int channel = 0; channel < image.channels(); channel++) {
      for (int y = 1; y < image.height() - 1; y++) {
        int at = (channel * image.height() + y) * width;
        Arrays.fill(row, 0.5f);
        addRow(row, levels, source, at + width, SIDE);
        addRow(row, levels, source, at, CENTRE);
        addRow(row, levels, source, at - width, SIDE);
        for (int x = 1; x < width - 1; x++) {
          target[at + x] = (byte) row[x];
        }
      }
    }
    return image.withPixels(target);
  }

  /** The compiler makes vectors of these loops, as long as the arrays are of different types. */
  private static void addRow(float[] sums, int[] levels, byte[] source, int at, float middle) {
    for (int x = 0; x < levels.length; x++) {
      levels[x] = source[at + x] & 0xFF;
    }
    for (int x = 1; x < sums.length - 1; x++) {
      sums[x] += levels[x - 1] * SIDE + levels[x] * middle + levels[x + 1] * SIDE;
    }
  }

  private static byte blend(int degenerate, int level, float factor) {
    return (byte) Math.clamp((int) (degenerate + factor * (level - degenerate)), 0, 255);
  }
}
