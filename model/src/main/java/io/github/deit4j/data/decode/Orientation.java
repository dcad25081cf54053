package io.github.deit4j.data.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.deit4j.data.Dataset.Reduction;
import io.github.deit4j.data.Image;
import java.util.Arrays;

/**
 * How a stored picture lies, in the order of the numbers 1 to 8 that the tag Orientation has in
 * Exif 2.32 and TIFF 6.0. The names say where the first row and the first column of what is stored
 * are in what is to be seen.
 */
enum Orientation {
  AS_STORED,
  TOP_RIGHT,
  BOTTOM_RIGHT,
  BOTTOM_LEFT,
  LEFT_TOP,
  RIGHT_TOP,
  RIGHT_BOTTOM,
  LEFT_BOTTOM;

  private static final int TAG = 274;
  private static final byte[] PREFIX = "Exif\0\0".getBytes(ISO_8859_1);

  /** Returns what a file says; nothing, and what makes no sense, is {@link #AS_STORED}. */
  static Orientation of(byte[] file, ImageFormat format) {
    byte[] exif =
        switch (format) {
          case JPEG -> JpegHeader.exif(file);
          case PNG -> Containers.exifOfPng(file);
          case WEBP -> WebPFile.exif(file);
          case TIFF -> file;
          default -> new byte[0];
        };
    boolean prefixed =
        exif.length > PREFIX.length
            && Arrays.equals(exif, 0, PREFIX.length, PREFIX, 0, PREFIX.length);
    try {
      TiffFields fields =
          new TiffFields(prefixed ? Arrays.copyOfRange(exif, PREFIX.length, exif.length) : exif);
      long number = fields.number(TAG, 1);
      return number >= 1 && number <= values().length ? values()[(int) number - 1] : AS_STORED;
    } catch (IllegalArgumentException e) {
      return AS_STORED; // as if there were no such data
    }
  }

  private boolean swapsSides() {
    return ordinal() >= LEFT_TOP.ordinal();
  }

  private boolean lastRowFirst() {
    return switch (this) {
      case BOTTOM_RIGHT, BOTTOM_LEFT, RIGHT_TOP, RIGHT_BOTTOM -> true;
      default -> false;
    };
  }

  private boolean lastColumnFirst() {
    return switch (this) {
      case TOP_RIGHT, BOTTOM_RIGHT, RIGHT_BOTTOM, LEFT_BOTTOM -> true;
      default -> false;
    };
  }

  /** Returns the reduction for the stored picture of one for the picture as it is seen. */
  Reduction ofStored(Reduction reduction) {
    return swapsSides() ? (height, width) -> reduction.limit(width, height) : reduction;
  }

  /** Returns a stored picture as it is to be seen. */
  Image upright(Image stored) {
    if (this == AS_STORED) {
      return stored;
    }
    int rows = stored.height();
    int columns = stored.width();
    int height = swapsSides() ? columns : rows;
    int width = swapsSides() ? rows : columns;
    int nextRow = lastRowFirst() ? -columns : columns;
    int nextColumn = lastColumnFirst() ? -1 : 1;
    int right = swapsSides() ? nextRow : nextColumn;
    int down = swapsSides() ? nextColumn : nextRow;
    int first = (lastRowFirst() ? (rows - 1) * columns : 0) + (lastColumnFirst() ? columns - 1 : 0);
    byte[] from = stored.pixels();
    byte[] to = new byte[from.length];
    for (int channel = 0; channel < stored.channels(); channel++) {
      int plane = channel * stored.planeSize();
      for (int y = 0; y < height; y++) {
        int at = plane + first + y * down;
        int out = plane + y * width;
        for (int x = 0; x < width; x++, at += right) {
          to[out + x] = from[at];
        }
      }
    }
    return new Image(stored.channels(), height, width, to);
  }
}
