package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import java.util.Arrays;

/**
 * An affine map of the plane, bit for bit as Pillow's {@code Image.transform}: the output pixel at
 * column x and row y takes the source at {@code (a·(x+½) + b·(y+½) + c, d·(x+½) + e·(y+½) + f)}.
 * What lies outside the source is filled. Nothing is antialiased; results are truncated, not
 * rounded.
 */
record Affine(double a, double b, double c, double d, double e, double f) {
  private static final double FIFTEEN_DECIMALS = 1e15;

  static Affine shearX(double factor) {
    return new Affine(1, factor, 0, 0, 1, 0);
  }

  static Affine shearY(double factor) {
    return new Affine(1, 0, 0, factor, 1, 0);
  }

  static Affine translate(double columns, double rows) {
    return new Affine(1, 0, columns, 0, 1, rows);
  }

  /** Turns about the middle; positive angles turn counter-clockwise. */
  static Affine rotate(double degrees, int height, int width) {
    double angle = -StrictMath.toRadians(modulo(degrees, 360));
    double cos = rounded(StrictMath.cos(angle));
    double sin = rounded(StrictMath.sin(angle));
    double x = width / 2.0;
    double y = height / 2.0;
    return new Affine(cos, sin, cos * -x + sin * -y + x, -sin, cos, -sin * -x + cos * -y + y);
  }

  private static double modulo(double degrees, double circle) {
    double rest = degrees % circle;
    return rest < 0 ? rest + circle : rest;
  }

  private static double rounded(double value) {
    return Math.rint(value * FIFTEEN_DECIMALS) / FIFTEEN_DECIMALS;
  }

  Image apply(Image image, Sampling sampling) {
    byte[] target = new byte[image.pixels().length];
    int[] fill = sampling.fill(image.channels());
    var row = new Row(image, sampling.interpolation());
    for (int y = 0; y < image.height(); y++) {
      row.locate(this, y);
      for (int channel = 0; channel < image.channels(); channel++) {
        int at = (channel * image.height() + y) * image.width();
        row.sample(channel, (byte) fill[channel], target, at);
      }
    }
    return image.withPixels(target);
  }

  /**
   * How the geometric operations fill their output.
   *
   * @param interpolation filter between the source's pixels
   * @param red what lies outside the source, with green and blue
   */
  record Sampling(Interpolation interpolation, int red, int green, int blue) {
    /** Returns the filter with ImageNet's mean colour outside. */
    static Sampling of(Interpolation interpolation) {
      return new Sampling(interpolation, 124, 116, 104);
    }

    /** Returns the level outside of every channel. */
    int[] fill(int channels) {
      return channels == 1
          ? new int[] {ToChannels.luma(red, green, blue)}
          : new int[] {red, green, blue};
    }
  }

  /**
   * One output row of an {@link Affine} map: where its pixels come from, the same for all channels,
   * and the interpolation there. Bilinear reads 2×2 source pixels, bicubic (a = −1) 4×4; columns
   * outside repeat the border, rows outside repeat the result of the row before.
   */
  private static final class Row {
    private final byte[] source;
    private final int height;
    private final int width;
    private final int taps;

    /** First and last + 1 of the pixels that come from inside; all between them do. */
    private int from;

    private int to;

    /** Whether all of these lie on source rows or columns: then one direction gives the result. */
    private boolean alongRows;

    private boolean alongColumns;

    /** For every pixel the columns of its taps, the offsets of their rows, and the fractions. */
    private final int[][] columns;

    private final int[][] rows;
    private final double[] across;
    private final double[] down;

    Row(Image image, Interpolation interpolation) {
      source = image.pixels();
      height = image.height();
      width = image.width();
      taps = interpolation == Interpolation.BICUBIC ? 4 : 2;
      columns = new int[taps][width];
      rows = new int[taps][width];
      across = new double[width];
      down = new double[width];
    }

    /** Finds the sources of row y. */
    void locate(Affine map, int y) {
      from = width;
      to = 0;
      alongRows = true;
      alongColumns = true;
      double row = y + 0.5;
      for (int x = 0; x < width; x++) {
        double column = x + 0.5;
        double sourceX = map.a() * column + map.b() * row + map.c();
        double sourceY = map.d() * column + map.e() * row + map.f();
        if (sourceX >= 0 && sourceX < width && sourceY >= 0 && sourceY < height) {
          from = Math.min(from, x);
          to = x + 1;
          locate(x, sourceX - 0.5, sourceY - 0.5);
        }
      }
      from = Math.min(from, to);
    }

    private void locate(int x, double sourceX, double sourceY) {
      int column = (int) Math.floor(sourceX);
      int row = (int) Math.floor(sourceY);
      across[x] = sourceX - column;
      down[x] = sourceY - row;
      alongRows &= down[x] == 0;
      alongColumns &= across[x] == 0;
      int before = taps / 2 - 1;
      int last = Math.max(0, row - before);
      for (int tap = 0; tap < taps; tap++) {
        columns[tap][x] = Math.clamp(column - before + tap, 0, width - 1);
        int wanted = row - before + tap;
        last = wanted >= 0 && wanted < height ? wanted : last;
        rows[tap][x] = last * width;
      }
    }

    /** Writes the row of one channel. */
    void sample(int channel, byte fill, byte[] target, int at) {
      Arrays.fill(target, at, at + from, fill);
      Arrays.fill(target, at + to, at + width, fill);
      int plane = channel * height * width;
      if (taps == 4) {
        bicubic(plane, target, at);
      } else {
        bilinear(plane, target, at);
      }
    }

    private void bilinear(int plane, byte[] target, int at) {
      for (int x = from; x < to; x++) {
        int left = plane + columns[0][x];
        int right = plane + columns[1][x];
        double upper = linear(left + rows[0][x], right + rows[0][x], across[x]);
        double lower = linear(left + rows[1][x], right + rows[1][x], across[x]);
        target[at + x] = (byte) (upper + (lower - upper) * down[x]);
      }
    }

    private double linear(int left, int right, double t) {
      int a = source[left] & 0xFF;
      int b = source[right] & 0xFF;
      return a + (b - a) * t;
    }

    private void bicubic(int plane, byte[] target, int at) {
      for (int x = from; x < to; x++) {
        double value;
        if (alongRows) {
          value = alongRow(plane + rows[1][x], x);
        } else if (alongColumns) {
          value = alongColumn(plane + columns[1][x], x);
        } else {
          value =
              cubic(
                  alongRow(plane + rows[0][x], x),
                  alongRow(plane + rows[1][x], x),
                  alongRow(plane + rows[2][x], x),
                  alongRow(plane + rows[3][x], x),
                  down[x]);
        }
        target[at + x] = (byte) Math.min(255, Math.max(0, (int) value));
      }
    }

    private double alongRow(int row, int x) {
      return cubic(
          source[row + columns[0][x]] & 0xFF,
          source[row + columns[1][x]] & 0xFF,
          source[row + columns[2][x]] & 0xFF,
          source[row + columns[3][x]] & 0xFF,
          across[x]);
    }

    private double alongColumn(int column, int x) {
      return cubic(
          source[column + rows[0][x]] & 0xFF,
          source[column + rows[1][x]] & 0xFF,
          source[column + rows[2][x]] & 0xFF,
          source[column + rows[3][x]] & 0xFF,
          down[x]);
    }

    /** The sums of levels are exact, in integers as in double. */
    private static double cubic(int p1, int p2, int p3, int p4, double t) {
      double linear = p3 - p1;
      double square = 2 * (p1 - p2) + p3 - p4;
      double cube = p2 - p1 + p4 - p3;
      return p2 + t * (linear + t * (square + t * cube));
    }

    private static double cubic(double p1, double p2, double p3, double p4, double t) {
      double linear = p3 - p1;
      double square = 2 * (p1 - p2) + p3 - p4;
      double cube = -p1 + p2 - p3 + p4;
      return p2 + t * (linear + t * (square + t * cube));
    }
  }
}
