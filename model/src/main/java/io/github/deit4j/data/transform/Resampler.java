package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import java.util.Arrays;

/**
 * Pillow's antialiased resize of 8-bit images, bit for bit: rows first, rounded to bytes, then
 * columns, with weights in fixed point of 22 bits.
 */
final class Resampler {
  private static final int PRECISION_BITS = 22;
  private static final int HALF = 1 << (PRECISION_BITS - 1);

  private Resampler() {}

  /** Resizes an image; a pass whose dimension stays is left out. */
  static Image resize(Image image, int height, int width, Interpolation interpolation) {
    Image result = image;
    if (width != image.width()) {
      result = resizeRows(result, Taps.of(image.width(), width, interpolation));
    }
    if (height != image.height()) {
      result = resizeColumns(result, Taps.of(image.height(), height, interpolation));
    }
    return result;
  }

  private static Image resizeRows(Image image, Taps taps) {
    int rows = image.channels() * image.height();
    int in = image.width();
    int out = taps.size();
    byte[] source = image.pixels();
    byte[] target = new byte[Math.multiplyExact(rows, out)];
    for (int row = 0; row < rows; row++) {
      for (int x = 0; x < out; x++) {
        int[] weights = taps.weights[x];
        int at = row * in + taps.first[x];
        int sum = HALF;
        for (int tap = 0; tap < weights.length; tap++) {
          sum += weights[tap] * (source[at + tap] & 0xFF);
        }
        target[row * out + x] = level(sum);
      }
    }
    return new Image(image.channels(), image.height(), out, target);
  }

  private static Image resizeColumns(Image image, Taps taps) {
    int width = image.width();
    int out = taps.size();
    byte[] source = image.pixels();
    byte[] target = new byte[Math.multiplyExact(image.channels() * out, width)];
    int[] sums = new int[width];
    for (int channel = 0; channel < image.channels(); channel++) {
      for (int y = 0; y < out; y++) {
        Arrays.fill(sums, HALF);
        for (int tap = 0; tap < taps.weights[y].length; tap++) {
          int row = channel * image.height() + taps.first[y] + tap;
          addRow(sums, source, row * width, taps.weights[y][tap]);
        }
        storeRow(sums, target, (channel * out + y) * width);
      }
    }
    return new Image(image.channels(), out, width, target);
  }

  private static void addRow(int[] sums, byte[] source, int offset, int weight) {
    for (int x = 0; x < sums.length; x++) {
      sums[x] += weight * (source[offset + x] & 0xFF);
    }
  }

  private static void storeRow(int[] sums, byte[] target, int offset) {
    for (int x = 0; x < sums.length; x++) {
      target[offset + x] = level(sums[x]);
    }
  }

  private static byte level(int sum) {
    return (byte) Math.clamp(sum >> PRECISION_BITS, 0, 255);
  }

  /** For every output position the first input position it reads, and the weights from there on. */
  private static final class Taps {
    final int[] first;
    final int[][] weights;

    private Taps(int size) {
      first = new int[size];
      weights = new int[size][];
    }

    int size() {
      return first.length;
    }

    static Taps of(int in, int out, Interpolation interpolation) {
      Taps taps = new Taps(out);
      double scale = (double) in / out;
      double filterScale = Math.max(scale, 1.0);
      double support = interpolation.support() * filterScale;
      double inverse = 1.0 / filterScale;
      for (int o = 0; o < out; o++) {
        double centre = (o + 0.5) * scale;
        int from = Math.max(0, (int) (centre - support + 0.5));
        int to = Math.min(in, (int) (centre + support + 0.5));
        double[] exact = new double[to - from];
        double sum = 0;
        for (int tap = 0; tap < exact.length; tap++) {
          exact[tap] = interpolation.weight((tap + from - centre + 0.5) * inverse);
          sum += exact[tap];
        }
        taps.first[o] = from;
        taps.weights[o] = fixedPoint(exact, sum);
      }
      return taps;
    }

    private static int[] fixedPoint(double[] exact, double sum) {
      int[] weights = new int[exact.length];
      for (int tap = 0; tap < weights.length; tap++) {
        double scaled = exact[tap] / sum * (1 << PRECISION_BITS);
        weights[tap] = (int) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
      }
      return weights;
    }
  }
}
