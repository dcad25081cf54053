package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;

/**
 * Pillow's antialiased resize of 8-bit images, bit for bit: rows first, rounded to bytes, then
 * columns, with weights in fixed point of 22 bits.
 *
 * <p>Rows are turned into columns first, so that all sums run over neighbours, as {@link
 * WeightedRows} says, in vectors where there are any.
 */
final class Resampler {
  private static final boolean VECTORS =
      ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

  /** So that turned rows stay in the cache. */
  private static final int ROWS_AT_A_TIME = 256;

  /**
   * A program that resizes no more is done sooner without vectors, whose code is slower than plain
   * loops by far until the compiler has got to it.
   */
  private static final int FEW_IMAGES = 64;

  /** Counted without care for other threads: it decides about speed alone. */
  private static volatile int resized;

  private Resampler() {}

  /** Resizes an image; a pass whose dimension stays is left out. */
  static Image resize(Image image, int height, int width, Interpolation interpolation) {
    if (height == image.height() && width == image.width()) {
      return image;
    }
    resized = Math.min(resized + 1, FEW_IMAGES + 1);
    int[] levels =
        width == image.width()
            ? integers(image.pixels())
            : resizeRows(image.pixels(), Taps.of(image.width(), width, interpolation));
    byte[] pixels =
        height == image.height()
            ? bytes(levels)
            : resizeColumns(
                levels, image.channels(), width, Taps.of(image.height(), height, interpolation));
    return new Image(image.channels(), height, width, pixels);
  }

  private static int[] resizeRows(byte[] source, Taps taps) {
    int in = taps.in;
    int out = taps.size();
    int rows = source.length / in;
    int[] target = new int[Math.multiplyExact(rows, out)];
    int[] turned = new int[in * Math.min(rows, ROWS_AT_A_TIME)];
    for (int row = 0; row < rows; row += ROWS_AT_A_TIME) {
      int count = Math.min(ROWS_AT_A_TIME, rows - row);
      turn(source, row * in, in, turned, count);
      int[] column = new int[count];
      for (int x = 0; x < out; x++) {
        sum(column, turned, taps.first[x] * count, count, taps.weights[x]);
        for (int r = 0; r < count; r++) {
          target[(row + r) * out + x] = column[r];
        }
      }
    }
    return target;
  }

  private static void turn(byte[] source, int from, int in, int[] turned, int count) {
    for (int x = 0; x < in; x++) {
      for (int r = 0; r < count; r++) {
        turned[x * count + r] = source[from + r * in + x] & 0xFF;
      }
    }
  }

  private static byte[] resizeColumns(int[] source, int channels, int width, Taps taps) {
    int out = taps.size();
    byte[] target = new byte[Math.multiplyExact(channels * out, width)];
    int[] row = new int[width];
    for (int channel = 0; channel < channels; channel++) {
      for (int y = 0; y < out; y++) {
        int first = (channel * taps.in + taps.first[y]) * width;
        sum(row, source, first, width, taps.weights[y]);
        int to = (channel * out + y) * width;
        for (int x = 0; x < width; x++) {
          target[to + x] = (byte) row[x];
        }
      }
    }
    return target;
  }

  private static void sum(int[] levels, int[] source, int first, int stride, int[] weights) {
    if (VECTORS && resized > FEW_IMAGES) {
      VectorWeightedRows.sum(levels, source, first, stride, weights);
    } else {
      WeightedRows.sum(levels, source, first, stride, weights, 0);
    }
  }

  private static int[] integers(byte[] levels) {
    int[] integers = new int[levels.length];
    for (int i = 0; i < integers.length; i++) {
      integers[i] = levels[i] & 0xFF;
    }
    return integers;
  }

  private static byte[] bytes(int[] levels) {
    byte[] bytes = new byte[levels.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) levels[i];
    }
    return bytes;
  }

  /**
   * For every output position the first of {@code in} positions it reads, and the weights from
   * there.
   */
  private static final class Taps {
    final int in;
    final int[] first;
    final int[][] weights;

    private Taps(int in, int size) {
      this.in = in;
      first = new int[size];
      weights = new int[size][];
    }

    int size() {
      return first.length;
    }

    static Taps of(int in, int out, Interpolation interpolation) {
      Taps taps = new Taps(in, out);
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
        double scaled = exact[tap] / sum * (1 << WeightedRows.PRECISION_BITS);
        weights[tap] = (int) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
      }
      return weights;
    }
  }
}
