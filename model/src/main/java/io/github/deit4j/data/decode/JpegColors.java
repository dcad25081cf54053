package io.github.deit4j.data.decode;

import io.github.deit4j.data.Image;
import java.awt.image.Raster;
import java.util.Arrays;

/**
 * Turns a JPEG file's decoded components into RGB by the rules and in the integer arithmetic of
 * libjpeg, so that neither an embedded profile nor colour management changes a level. CMYK is taken
 * as Adobe's, stored inverted, and becomes RGB as in Pillow.
 */
final class JpegColors {
  private static final int SCALE_BITS = 16;
  private static final int HALF = 1 << (SCALE_BITS - 1);
  private static final int RED_OF_CR = fixed(1.40200);
  private static final int GREEN_OF_CR = -fixed(0.71414);
  private static final int GREEN_OF_CB = -fixed(0.34414);
  private static final int BLUE_OF_CB = fixed(1.77200);

  private JpegColors() {}

  /**
   * Converts decoded components to RGB.
   *
   * @param header what the file says of its colours
   * @param components the upsampled components as the file stores them
   */
  static Image toRgb(JpegHeader header, Raster components) {
    byte[] levels = Planes.of(components, 4);
    int bands = components.getNumBands();
    int plane = components.getWidth() * components.getHeight();
    if (bands == 3 && header.storesYcc()) {
      yccToRgb(levels, plane);
    } else if (bands == 4 && header.storesYcck()) {
      yccToRgb(levels, plane);
      invertColours(levels, plane);
    }
    byte[] rgb = toRgb(levels, bands);
    return new Image(3, components.getHeight(), components.getWidth(), rgb);
  }

  /**
   * Converts planes of grey, RGB or CMYK to RGB.
   *
   * @param levels plane after plane; may be overwritten
   */
  static byte[] toRgb(byte[] levels, int channels) {
    int plane = levels.length / channels;
    return switch (channels) {
      case 1 -> Image.threeTimes(levels, plane);
      case 3 -> levels;
      case 4 -> {
        cmykToRgb(levels, plane);
        yield Arrays.copyOf(levels, 3 * plane);
      }
      default ->
          throw new IllegalArgumentException(
              "expected 1, 3 or 4 colour components, found " + channels);
    };
  }

  private static void yccToRgb(byte[] levels, int plane) {
    for (int i = 0; i < plane; i++) {
      int y = levels[i] & 0xFF;
      int cb = (levels[plane + i] & 0xFF) - 128;
      int cr = (levels[2 * plane + i] & 0xFF) - 128;
      int green = GREEN_OF_CB * cb + GREEN_OF_CR * cr;
      levels[i] = clamp(y + ((RED_OF_CR * cr + HALF) >> SCALE_BITS));
      levels[plane + i] = clamp(y + ((green + HALF) >> SCALE_BITS));
      levels[2 * plane + i] = clamp(y + ((BLUE_OF_CB * cb + HALF) >> SCALE_BITS));
    }
  }

  private static void invertColours(byte[] levels, int plane) {
    for (int i = 0; i < 3 * plane; i++) {
      levels[i] = (byte) ~levels[i];
    }
  }

  private static void cmykToRgb(byte[] levels, int plane) {
    for (int i = 0; i < 3 * plane; i++) {
      int ink = 255 - (levels[i] & 0xFF);
      int white = levels[3 * plane + i % plane] & 0xFF;
      levels[i] = clamp(white - multiply(ink, white));
    }
  }

  // a · b / 255, rounded.
  private static int multiply(int a, int b) {
    int t = a * b + 128;
    return ((t >> 8) + t) >> 8;
  }

  private static byte clamp(int level) {
    return (byte) Math.clamp(level, 0, 255);
  }

  private static int fixed(double factor) {
    return (int) (factor * (1 << SCALE_BITS) + 0.5);
  }
}
