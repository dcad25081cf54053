package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;

/**
 * Pillow's GaussianBlur, pixel for pixel: three box filters in a row along the rows, and three
 * along the columns, of a length with a fraction that gives them together the variance of the
 * Gaussian (Gwosdek et al. 2011, "Theoretical foundations of Gaussian convolution by extended box
 * filtering"). Outside the image its border pixels go on. Weights have 24 bits behind the point,
 * and each filter's result is rounded to a byte.
 *
 * @param radius whole pixels on each side of a box's middle
 * @param weight of each pixel of the box, in 2⁻²⁴
 * @param edgeWeight of the two pixels next to the box
 */
record GaussianBlur(int radius, int weight, int edgeWeight) {
  private static final int PASSES = 3;
  private static final int ONE = 1 << 24;
  private static final int HALF = 1 << 23;

  /** Returns the blur of a standard deviation in pixels. */
  static GaussianBlur of(double deviation) {
    float variance = (float) deviation * (float) deviation / PASSES;
    float length = (float) Math.sqrt(12.0 * variance + 1);
    float whole = (float) Math.floor((length - 1.0) / 2);
    float fraction =
        (2 * whole + 1)
            * (whole * (whole + 1) - 3 * variance)
            / (6 * (variance - (whole + 1) * (whole + 1)));
    float boxRadius = whole + fraction;
    int radius = (int) boxRadius;
    int weight = (int) (ONE / (boxRadius * 2 + 1));
    return new GaussianBlur(radius, weight, (ONE - (radius * 2 + 1) * weight) / 2);
  }

  Image apply(Image image) {
    byte[] pixels = image.pixels().clone();
    int height = image.height();
    int width = image.width();
    byte[] line = new byte[Math.max(height, width)];
    for (int plane = 0; plane < pixels.length; plane += image.planeSize()) {
      for (int y = 0; y < height; y++) {
        blur(pixels, plane + y * width, 1, width, line);
      }
      for (int x = 0; x < width; x++) {
        blur(pixels, plane + x, width, height, line);
      }
    }
    return image.withPixels(pixels);
  }

  /** Blurs a row or column, whose pixels are {@code stride} apart. */
  private void blur(byte[] pixels, int first, int stride, int length, byte[] line) {
    for (int pass = 0; pass < PASSES; pass++) {
      for (int i = 0; i < length; i++) {
        line[i] = pixels[first + i * stride];
      }
      filter(line, length, pixels, first, stride);
    }
  }

  private void filter(byte[] line, int length, byte[] target, int first, int stride) {
    int last = length - 1;
    int sum = 0; // of the box about the pixel before the first
    for (int i = -radius - 1; i < radius; i++) {
      sum += line[Math.clamp(i, 0, last)] & 0xFF;
    }
    for (int i = 0; i < length; i++) {
      int before = line[Math.max(0, i - radius - 1)] & 0xFF;
      sum += (line[Math.min(last, i + radius)] & 0xFF) - before;
      int behind = line[Math.min(last, i + radius + 1)] & 0xFF;
      // Below 2³², so that it is right without a sign.
      int blurred = sum * weight + (before + behind) * edgeWeight + HALF;
      target[first + i * stride] = (byte) (blurred >>> 24);
    }
  }
}
