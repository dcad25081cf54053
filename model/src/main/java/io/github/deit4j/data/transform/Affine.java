package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;

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
    var row = new AffineRow(image, sampling.interpolation());
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
}
