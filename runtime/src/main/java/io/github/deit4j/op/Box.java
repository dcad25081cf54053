package io.github.deit4j.op;

/**
 * A rectangle of pixels.
 *
 * @param top first row
 * @param left first column
 * @param height number of rows
 * @param width number of columns
 */
public record Box(int top, int left, int height, int width) {
  /** No pixels. */
  public static final Box EMPTY = new Box(0, 0, 0, 0);

  /** Returns the number of pixels. */
  public long area() {
    return (long) height * width;
  }

  /** Tells whether the rectangle lies in an image of the given size. */
  public boolean isIn(int imageHeight, int imageWidth) {
    return top >= 0
        && left >= 0
        && height >= 0
        && width >= 0
        && height <= imageHeight - top
        && width <= imageWidth - left;
  }
}
