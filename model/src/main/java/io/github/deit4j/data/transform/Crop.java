package io.github.deit4j.data.transform;

import io.github.deit4j.data.Image;
import io.github.deit4j.tensor.ShapeException;

/** Cutting a box out of an image. */
final class Crop {
  private Crop() {}

  /**
   * Cuts out a box; what lies outside the image is black.
   *
   * @param top first row of the box, may be negative
   * @param left first column of the box, may be negative
   */
  static Image cut(Image image, int top, int left, int height, int width) {
    byte[] target = new byte[Math.multiplyExact(image.channels() * height, width)];
    int firstColumn = Math.max(0, left);
    int columns = Math.min(image.width(), left + width) - firstColumn;
    int firstRow = Math.max(0, top);
    int lastRow = Math.min(image.height(), top + height);
    for (int channel = 0; channel < image.channels() && columns > 0; channel++) {
      for (int row = firstRow; row < lastRow; row++) {
        int from = (channel * image.height() + row) * image.width() + firstColumn;
        int to = (channel * height + row - top) * width + firstColumn - left;
        System.arraycopy(image.pixels(), from, target, to, columns);
      }
    }
    return new Image(image.channels(), height, width, target);
  }

  /** Refuses an image, counted with its padding, that is smaller than the square to cut. */
  static void requireRoom(Image image, int padding, int size, String transform) {
    if (image.height() + 2 * padding < size || image.width() + 2 * padding < size) {
      throw new ShapeException(
          transform
              + ": a square of "
              + size
              + " can't be cut from an image of "
              + image.shapeText()
              + (padding == 0 ? "" : " with padding " + padding)
              + "; put a resize in front");
    }
  }
}
