package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;

/** Colour operations that replace each level by another, as in Pillow's ImageOps. */
final class ColorTables {
  private static final int LEVELS = 256;

  private ColorTables() {}

  /** Stretches each channel so that its levels reach from 0 to 255. */
  static Image autoContrast(Image image) {
    return perChannel(image, histogram -> stretched(lowest(histogram), highest(histogram)));
  }

  private static byte[] stretched(int low, int high) {
    if (high <= low) {
      return table(level -> level);
    }
    double scale = 255.0 / (high - low);
    double offset = -low * scale;
    return table(level -> Math.clamp((int) (level * scale + offset), 0, 255));
  }

  /** Spreads each channel's levels so that all are about as frequent. */
  static Image equalize(Image image) {
    return perChannel(image, ColorTables::equalized);
  }

  private static byte[] equalized(int[] histogram) {
    int pixels = Arrays.stream(histogram).sum();
    int step = (pixels - histogram[highest(histogram)]) / 255;
    if (step == 0) {
      return table(level -> level);
    }
    byte[] table = new byte[LEVELS];
    int below = step / 2;
    for (int level = 0; level < LEVELS; level++) {
      table[level] = (byte) Math.min(255, below / step);
      below += histogram[level];
    }
    return table;
  }

  static Image invert(Image image) {
    return apply(image, table(level -> 255 - level));
  }

  /** Keeps the upper bits of every level. */
  static Image posterize(Image image, int bits) {
    int mask = ~(0xFF >> bits);
    return apply(image, table(level -> level & mask));
  }

  /** Inverts the levels from a threshold on. */
  static Image solarize(Image image, int threshold) {
    return apply(image, table(level -> level < threshold ? level : 255 - level));
  }

  /** Brightens the lower half of the levels. */
  static Image solarizeAdd(Image image, int added) {
    return apply(image, table(level -> level < 128 ? Math.min(255, level + added) : level));
  }

  static byte[] table(IntUnaryOperator newLevel) {
    byte[] table = new byte[LEVELS];
    for (int level = 0; level < LEVELS; level++) {
      table[level] = (byte) newLevel.applyAsInt(level);
    }
    return table;
  }

  /** Looks up every level in a table. */
  static Image apply(Image image, byte[] table) {
    byte[] target = new byte[image.pixels().length];
    lookUp(image.pixels(), target, 0, target.length, table);
    return image.withPixels(target);
  }

  private static Image perChannel(Image image, Function<int[], byte[]> table) {
    byte[] target = new byte[image.pixels().length];
    for (int from = 0; from < target.length; from += image.planeSize()) {
      int to = from + image.planeSize();
      lookUp(image.pixels(), target, from, to, table.apply(histogram(image.pixels(), from, to)));
    }
    return image.withPixels(target);
  }

  private static void lookUp(byte[] source, byte[] target, int from, int to, byte[] table) {
    for (int i = from; i < to; i++) {
      target[i] = table[source[i] & 0xFF];
    }
  }

  private static int[] histogram(byte[] pixels, int from, int to) {
    int[] histogram = new int[LEVELS];
    for (int i = from; i < to; i++) {
      histogram[pixels[i] & 0xFF]++;
    }
    return histogram;
  }

  private static int lowest(int[] histogram) {
    int level = 0;
    while (histogram[level] == 0) {
      level++;
    }
    return level;
  }

  private static int highest(int[] histogram) {
    int level = LEVELS - 1;
    while (histogram[level] == 0) {
      level--;
    }
    return level;
  }
}
