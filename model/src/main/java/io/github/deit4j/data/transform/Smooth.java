package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import java.util.Arrays;

/**
 * Pillow's 3×3 smoothing: the centre weighs 5/13, each neighbour 1/13; the outermost pixels stay.
 * In float, the lower row first, rounded by adding a half.
 */
final class Smooth {
  private static final float SIDE = (float) (1.0 / 13);
  private static final float CENTRE = (float) (5.0 / 13);

  private Smooth() {}

  static Image apply(Image image) {
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
}
