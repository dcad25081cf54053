package io.github.deit4j.data;

import io.github.deit4j.tensor.ShapeException;

/**
 * An image of unsigned bytes, plane after plane, each plane row by row ([channel, row, column]).
 * The array is not copied, so that decoding stays cheap: treat it as immutable.
 *
 * @param channels number of planes, 1 for grey and 3 for RGB
 * @param height rows
 * @param width columns
 * @param pixels {@code channels · height · width} levels, 0 to 255
 */
@SuppressWarnings("ArrayRecordComponent") // shared on purpose, see above
public record Image(int channels, int height, int width, byte[] pixels) {
  /**
   * Checks the shape.
   *
   * @throws ShapeException if a dimension is not positive or the array has another length
   */
  public Image {
    if (channels < 1 || height < 1 || width < 1) {
      throw new ShapeException(
          "image: channels, height and width must be positive, found "
              + shapeText(channels, height, width));
    }
    long bytes = (long) channels * height * width;
    if (bytes != pixels.length) {
      throw new ShapeException(
          "image of %s needs %d bytes, found %d"
              .formatted(shapeText(channels, height, width), bytes, pixels.length));
    }
  }

  /** Returns the number of pixels of one plane. */
  public int planeSize() {
    return height * width;
  }

  /** Returns an image of the same shape with other levels. */
  public Image withPixels(byte[] levels) {
    return new Image(channels, height, width, levels);
  }

  /**
   * Returns a box of the image; what lies outside the image is black.
   *
   * @param top first row of the box, may be negative
   * @param left first column of the box, may be negative
   */
  public Image crop(int top, int left, int boxHeight, int boxWidth) {
    byte[] target = new byte[Math.multiplyExact(channels * boxHeight, boxWidth)];
    int firstColumn = Math.max(0, left);
    int columns = Math.min(width, left + boxWidth) - firstColumn;
    int lastRow = Math.min(height, top + boxHeight);
    for (int channel = 0; channel < channels && columns > 0; channel++) {
      for (int row = Math.max(0, top); row < lastRow; row++) {
        int from = (channel * height + row) * width + firstColumn;
        int to = (channel * boxHeight + row - top) * boxWidth + firstColumn - left;
        System.arraycopy(pixels, from, target, to, columns);
      }
    }
    return new Image(channels, boxHeight, boxWidth, target);
  }

  /** Returns the image with left and right swapped. */
  public Image mirror() {
    byte[] target = new byte[pixels.length];
    for (int row = 0; row < pixels.length; row += width) {
      for (int x = 0; x < width; x++) {
        target[row + x] = pixels[row + width - 1 - x];
      }
    }
    return withPixels(target);
  }

  /** Returns the first plane of some levels three times: grey as RGB. */
  public static byte[] threeTimes(byte[] levels, int plane) {
    byte[] rgb = new byte[Math.multiplyExact(3, plane)];
    for (int channel = 0; channel < 3; channel++) {
      System.arraycopy(levels, 0, rgb, channel * plane, plane);
    }
    return rgb;
  }

  /** Tells whether another image has the same channels, height and width. */
  public boolean sameShape(Image other) {
    return channels == other.channels && height == other.height && width == other.width;
  }

  /** Returns the shape as error messages name it, as in {@code 3x224x224}. */
  public String shapeText() {
    return shapeText(channels, height, width);
  }

  private static String shapeText(int channels, int height, int width) {
    return channels + "x" + height + "x" + width;
  }

  @Override
  public String toString() {
    return "Image[" + shapeText() + "]";
  }
}
