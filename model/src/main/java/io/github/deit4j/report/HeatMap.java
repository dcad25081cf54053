package io.github.deit4j.report;

import io.github.deit4j.data.Image;
import io.github.deit4j.weights.AtomicFiles;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Draws a map of numbers over an image: dark where they are small, bright where they are large. */
public final class HeatMap {
  /** Colours from the smallest number to the largest, as red, green, blue. */
  private static final int[][] COLOURS = {
    {0, 0, 60}, {90, 0, 130}, {200, 30, 80}, {255, 140, 0}, {255, 255, 150}
  };

  /** How much of a pixel's colour the map gives; the image gives the rest. */
  private static final double SHARE = 0.6;

  private HeatMap() {}

  /**
   * Writes a PNG file of the image's size.
   *
   * @param image a square of 1 or 3 channels
   * @param map row-major, {@code side × side}, stretched to the image
   * @throws io.github.deit4j.weights.CannotWriteException if it cannot be written
   */
  public static void write(Path file, Image image, float[] map, int side) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(png(image, map, side));
    AtomicFiles.write(file, channel -> AtomicFiles.writeFully(channel, bytes));
  }

  /** Returns the same as the content of a PNG file. */
  static byte[] png(Image image, float[] map, int side) throws IOException {
    float largest = Float.MIN_NORMAL;
    for (float value : map) {
      largest = Math.max(largest, value);
    }
    int size = image.width();
    BufferedImage drawn = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        double heat =
            between(map, side, (x + 0.5) * side / size, (y + 0.5) * side / size) / largest;
        drawn.setRGB(x, y, colour(image, x, y, Math.clamp(heat, 0, 1)));
      }
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(drawn, "png", png);
    return png.toByteArray();
  }

  /** Returns an image itself as the content of a PNG file. */
  static byte[] png(Image image) throws IOException {
    BufferedImage drawn =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        int rgb = 0;
        for (int channel = 0; channel < 3; channel++) {
          int plane = Math.min(channel, image.channels() - 1) * image.planeSize();
          rgb = rgb << 8 | Byte.toUnsignedInt(image.pixels()[plane + y * image.width() + x]);
        }
        drawn.setRGB(x, y, rgb);
      }
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(drawn, "png", png);
    return png.toByteArray();
  }

  /** Interpolates linearly between the middles of the map's cells. */
  private static double between(float[] map, int side, double x, double y) {
    double column = Math.clamp(x - 0.5, 0, side - 1);
    double row = Math.clamp(y - 0.5, 0, side - 1);
    int left = (int) column;
    int top = (int) row;
    int right = Math.min(left + 1, side - 1);
    int bottom = Math.min(top + 1, side - 1);
    double above = mix(map[top * side + left], map[top * side + right], column - left);
    double below = mix(map[bottom * side + left], map[bottom * side + right], column - left);
    return mix(above, below, row - top);
  }

  private static double mix(double a, double b, double share) {
    return a + (b - a) * share;
  }

  private static int colour(Image image, int x, int y, double heat) {
    double place = heat * (COLOURS.length - 1);
    int lower = (int) Math.min(place, COLOURS.length - 2);
    int rgb = 0;
    for (int channel = 0; channel < 3; channel++) {
      double warm = mix(COLOURS[lower][channel], COLOURS[lower + 1][channel], place - lower);
      int plane = Math.min(channel, image.channels() - 1) * image.height() * image.width();
      int pixel = Byte.toUnsignedInt(image.pixels()[plane + y * image.width() + x]);
      rgb = rgb << 8 | (int) Math.round(mix(pixel, warm, SHARE));
    }
    return rgb;
  }
}
