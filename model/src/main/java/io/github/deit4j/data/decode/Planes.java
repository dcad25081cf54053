package io.github.deit4j.data.decode;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.deit4j.data.Image;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.lang.foreign.MemorySegment;

/**
 * Takes the stored levels out of decoded pictures. Colour models and profiles are not asked, since
 * they would shift levels (Java's grey is linear, for one): grey is copied, palettes are looked up,
 * alpha is left out without blending.
 */
final class Planes {
  private static final int PIXELS_AT_A_TIME = 4096;

  private Planes() {}

  /** Returns a picture as RGB. */
  static Image toRgb(BufferedImage picture) {
    int plane = picture.getWidth() * picture.getHeight();
    if (picture.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_CMYK) {
      byte[] inks = of(picture.getRaster(), 4);
      for (int i = 0; i < inks.length; i++) {
        inks[i] = (byte) ~inks[i];
      }
      byte[] rgb = JpegColors.toRgb(inks, 4);
      return new Image(3, picture.getHeight(), picture.getWidth(), rgb);
    }
    byte[] levels =
        picture.getColorModel() instanceof IndexColorModel palette
            ? lookUp(picture.getRaster(), palette)
            : of(picture.getRaster(), 3);
    byte[] rgb =
        switch (levels.length / plane) {
          case 1, 2 -> Image.threeTimes(levels, plane);
          default -> levels;
        };
    return new Image(3, picture.getHeight(), picture.getWidth(), rgb);
  }

  /**
   * Returns a picture as RGB, whose levels are taken as they are if they are grey, RGB or of a
   * palette; Java converts others.
   */
  static Image ofAny(BufferedImage picture) {
    ColorModel colours = picture.getColorModel();
    boolean plain =
        switch (colours.getColorSpace().getType()) {
          case ColorSpace.TYPE_RGB, ColorSpace.TYPE_GRAY -> true;
          default -> false;
        };
    boolean integers =
        switch (colours.getTransferType()) {
          case DataBuffer.TYPE_BYTE, DataBuffer.TYPE_USHORT, DataBuffer.TYPE_INT -> true;
          default -> false;
        };
    if (plain && integers && !colours.isAlphaPremultiplied()) {
      return toRgb(picture);
    }
    int height = picture.getHeight();
    int width = picture.getWidth();
    byte[] levels = new byte[Math.multiplyExact(3, Math.multiplyExact(height, width))];
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      picture.getRGB(0, y, width, 1, row, 0, width);
      for (int x = 0; x < width; x++) {
        for (int channel = 0; channel < 3; channel++) {
          levels[(channel * height + y) * width + x] = (byte) (row[x] >> 16 - 8 * channel);
        }
      }
    }
    return new Image(3, height, width, levels);
  }

  /** Takes interleaved levels apart, [row, column, channel] to [channel, row, column]. */
  static byte[] ofInterleaved(MemorySegment levels, int channels, int plane) {
    byte[] planes = new byte[Math.multiplyExact(channels, plane)];
    byte[] part = new byte[channels * Math.min(plane, PIXELS_AT_A_TIME)];
    for (int from = 0; from < plane; from += PIXELS_AT_A_TIME) {
      int pixels = Math.min(PIXELS_AT_A_TIME, plane - from);
      MemorySegment.copy(levels, JAVA_BYTE, (long) channels * from, part, 0, channels * pixels);
      if (channels == 3) {
        takeApart(part, planes, from, plane, pixels);
        continue;
      }
      for (int channel = 0; channel < channels; channel++) {
        for (int i = 0; i < pixels; i++) {
          planes[channel * plane + from + i] = part[i * channels + channel];
        }
      }
    }
    return planes;
  }

  private static void takeApart(byte[] rgb, byte[] planes, int to, int plane, int pixels) {
    for (int i = 0; i < pixels; i++) {
      planes[to + i] = rgb[3 * i];
      planes[to + plane + i] = rgb[3 * i + 1];
      planes[to + 2 * plane + i] = rgb[3 * i + 2];
    }
  }

  /**
   * Returns the first bands of a raster, which has at most four, as planes of 8-bit levels, [band,
   * row, column].
   *
   * @param most how many bands to return, if there are more
   */
  static byte[] of(Raster raster, int most) {
    requireIntegers(raster);
    int width = raster.getWidth();
    int stored = raster.getNumBands();
    if (stored > 4) {
      throw new IllegalArgumentException("expected 1 to 4 channels, found " + stored);
    }
    int bands = Math.min(stored, most);
    int plane = Math.multiplyExact(width, raster.getHeight());
    byte[] levels = new byte[Math.multiplyExact(bands, plane)];
    if (raster.getSampleModel() instanceof ComponentSampleModel model
        && raster.getDataBuffer() instanceof DataBufferByte buffer) {
      for (int band = 0; band < bands; band++) {
        copyBand(raster, model, buffer, band, levels);
      }
      return levels;
    }
    int[] bits = raster.getSampleModel().getSampleSize();
    int[] row = new int[Math.multiplyExact(width, stored)];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int band = 0; band < bands; band++) {
        int to = band * plane + y * width;
        for (int x = 0; x < width; x++) {
          levels[to + x] = level(row[x * stored + band], bits[band]);
        }
      }
    }
    return levels;
  }

  /** As {@link Raster#getPixels}, several times as fast. */
  private static void copyBand(
      Raster raster, ComponentSampleModel model, DataBufferByte buffer, int band, byte[] levels) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int bank = model.getBankIndices()[band];
    byte[] stored = buffer.getData(bank);
    int step = model.getPixelStride();
    int x0 = raster.getMinX() - raster.getSampleModelTranslateX();
    int y0 = raster.getMinY() - raster.getSampleModelTranslateY();
    int first = buffer.getOffsets()[bank] + model.getOffset(x0, y0, band);
    for (int y = 0; y < height; y++) {
      int from = first + y * model.getScanlineStride();
      int to = (band * height + y) * width;
      for (int x = 0; x < width; x++) {
        levels[to + x] = stored[from + x * step];
      }
    }
  }

  // 16 bits keep the upper byte; fewer than 8 spread over the whole range.
  private static byte level(int sample, int bits) {
    if (bits == 8) {
      return (byte) sample;
    }
    return (byte) (bits > 8 ? sample >>> (bits - 8) : sample * 255 / ((1 << bits) - 1));
  }

  private static void requireIntegers(Raster raster) {
    switch (raster.getTransferType()) {
      case DataBuffer.TYPE_BYTE, DataBuffer.TYPE_USHORT, DataBuffer.TYPE_INT -> {}
      default -> throw new IllegalArgumentException("expected levels of 1 to 16 bits");
    }
  }

  private static byte[] lookUp(Raster raster, IndexColorModel palette) {
    int width = raster.getWidth();
    int plane = Math.multiplyExact(width, raster.getHeight());
    byte[] rgb = new byte[Math.multiplyExact(3, plane)];
    int[] row = new int[width];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        if (row[x] >= palette.getMapSize()) {
          throw new IllegalArgumentException(
              "colour " + row[x] + " is outside the palette of " + palette.getMapSize());
        }
        int at = y * width + x;
        rgb[at] = (byte) palette.getRed(row[x]);
        rgb[plane + at] = (byte) palette.getGreen(row[x]);
        rgb[2 * plane + at] = (byte) palette.getBlue(row[x]);
      }
    }
    return rgb;
  }
}
