package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Pillow's antialiased resize of 8-bit images, bit for bit: rows first, rounded to bytes, then
 * columns, with weights in fixed point of 22 bits.
 *
 * <p>Rows are turned into columns first, so that all sums run over neighbours, as {@link #sumRows}
 * says, in vectors where there are any.
 */
final class Resampler {
  private static final int PRECISION_BITS = 22;
  private static final int HALF = 1 << (PRECISION_BITS - 1);

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

  /** What is wanted of the resized image: {@code height} rows from {@code top}, and so on. */
  record Window(int top, int left, int height, int width) {}

  /** Resizes an image. */
  static Image resize(Image image, int height, int width, Interpolation interpolation) {
    return height == image.height() && width == image.width()
        ? image
        : resize(image, height, width, interpolation, new Window(0, 0, height, width));
  }

  /**
   * Resizes an image, and computes only what is wanted of the result. A pass whose dimension stays
   * is left out.
   */
  static Image resize(
      Image image, int height, int width, Interpolation interpolation, Window wanted) {
    if (height == image.height() && width == image.width()) {
      return image.crop(wanted.top, wanted.left, wanted.height, wanted.width);
    }
    resized = Math.min(resized + 1, FEW_IMAGES + 1);
    int top = wanted.top;
    int rows = wanted.height;
    Taps down = null;
    if (height != image.height()) {
      down = new Taps(image.height(), height, interpolation, top, rows);
      top = down.first[0];
      rows = down.end() - top;
    }
    int[] levels = new int[Math.multiplyExact(image.channels() * rows, wanted.width)];
    Taps across =
        width == image.width()
            ? null
            : new Taps(image.width(), width, interpolation, wanted.left, wanted.width);
    for (int channel = 0; channel < image.channels(); channel++) {
      int from = (channel * image.height() + top) * image.width();
      int to = channel * rows * wanted.width;
      if (across == null) {
        copyColumns(image, from + wanted.left, rows, levels, to, wanted.width);
      } else {
        resizeRows(image, from, rows, levels, to, across);
      }
    }
    byte[] pixels =
        down == null
            ? bytes(levels)
            : resizeColumns(levels, image.channels(), rows, wanted.width, down);
    return new Image(image.channels(), wanted.height, wanted.width, pixels);
  }

  private static void copyColumns(
      Image image, int from, int rows, int[] levels, int to, int width) {
    for (int row = 0; row < rows; row++) {
      for (int x = 0; x < width; x++) {
        levels[to + row * width + x] = image.pixels()[from + row * image.width() + x] & 0xFF;
      }
    }
  }

  private static void resizeRows(Image image, int from, int rows, int[] levels, int to, Taps taps) {
    int left = taps.first[0];
    int columns = taps.end() - left;
    int out = taps.first.length;
    int[] turned = new int[columns * Math.min(rows, ROWS_AT_A_TIME)];
    for (int row = 0; row < rows; row += ROWS_AT_A_TIME) {
      int count = Math.min(ROWS_AT_A_TIME, rows - row);
      turn(image, from + row * image.width() + left, columns, turned, count);
      int[] column = new int[count];
      for (int x = 0; x < out; x++) {
        sum(column, turned, (taps.first[x] - left) * count, count, taps.weights[x]);
        for (int r = 0; r < count; r++) {
          levels[to + (row + r) * out + x] = column[r];
        }
      }
    }
  }

  private static void turn(Image image, int from, int columns, int[] turned, int count) {
    byte[] source = image.pixels();
    int stride = image.width();
    for (int x = 0; x < columns; x++) {
      for (int r = 0; r < count; r++) {
        turned[x * count + r] = source[from + r * stride + x] & 0xFF;
      }
    }
  }

  private static byte[] resizeColumns(int[] source, int channels, int rows, int width, Taps taps) {
    int out = taps.first.length;
    byte[] target = new byte[Math.multiplyExact(channels * out, width)];
    int[] row = new int[width];
    for (int channel = 0; channel < channels; channel++) {
      for (int y = 0; y < out; y++) {
        int first = (channel * rows + taps.first[y] - taps.first[0]) * width;
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
      Vectors.sumRows(levels, source, first, stride, weights);
    } else {
      sumRows(levels, source, first, stride, weights, 0);
    }
  }

  /**
   * The arithmetic, as specified: {@code levels[x] = Σ weights[tap]·source[first + tap·stride + x]}
   * in fixed point, rounded to a level, for x of {@code from} to {@code levels.length − 1}.
   */
  static void sumRows(int[] levels, int[] source, int first, int stride, int[] weights, int from) {
    for (int x = from; x < levels.length; x++) {
      int sum = HALF;
      int at = first + x;
      for (int weight : weights) {
        sum += weight * source[at];
        at += stride;
      }
      levels[x] = Math.min(255, Math.max(0, sum >> PRECISION_BITS));
    }
  }

  /**
   * The same with the Vector API; apart, so that nothing touches it where the module is missing.
   */
  static final class Vectors {
    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private Vectors() {}

    static void sumRows(int[] levels, int[] source, int first, int stride, int[] weights) {
      int x = 0;
      for (; x <= levels.length - LANES; x += LANES) {
        IntVector sum = IntVector.broadcast(SPECIES, HALF);
        int at = first + x;
        for (int weight : weights) {
          sum = sum.add(IntVector.fromArray(SPECIES, source, at).mul(weight));
          at += stride;
        }
        sum.lanewise(VectorOperators.ASHR, PRECISION_BITS).max(0).min(255).intoArray(levels, x);
      }
      Resampler.sumRows(levels, source, first, stride, weights, x);
    }
  }

  private static byte[] bytes(int[] levels) {
    byte[] bytes = new byte[levels.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) levels[i];
    }
    return bytes;
  }

  /**
   * For every wanted output position the first of {@code in} positions it reads, and the weights
   * from there.
   */
  private static final class Taps {
    final int[] first;
    final int[][] weights;

    Taps(int in, int out, Interpolation interpolation, int from, int count) {
      first = new int[count];
      weights = new int[count][];
      double scale = (double) in / out;
      double filterScale = Math.max(scale, 1.0);
      double support = interpolation.support() * filterScale;
      double inverse = 1.0 / filterScale;
      for (int o = 0; o < count; o++) {
        double centre = (from + o + 0.5) * scale;
        first[o] = Math.max(0, (int) (centre - support + 0.5));
        int to = Math.min(in, (int) (centre + support + 0.5));
        double[] exact = new double[to - first[o]];
        double sum = 0;
        for (int tap = 0; tap < exact.length; tap++) {
          exact[tap] = interpolation.weight((tap + first[o] - centre + 0.5) * inverse);
          sum += exact[tap];
        }
        weights[o] = fixedPoint(exact, sum);
      }
    }

    /** Returns the position behind the last that is read. */
    int end() {
      int last = first.length - 1;
      return first[last] + weights[last].length;
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
