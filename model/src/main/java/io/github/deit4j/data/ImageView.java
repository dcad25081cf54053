package io.github.deit4j.data;

import java.util.Optional;

/**
 * A part of an image, perhaps mirrored: what transforms make of an image as long as they move its
 * bytes and compute none, so that they may be moved later, and elsewhere. What lies outside of the
 * image is black.
 *
 * @param channels planes of the image
 * @param imageHeight its rows
 * @param imageWidth its columns
 * @param top first row of the part, may be negative
 * @param left first column of the part, may be negative
 * @param height rows of the part
 * @param width columns of the part
 * @param mirrored whether left and right of the part are swapped
 */
public record ImageView(
    int channels,
    int imageHeight,
    int imageWidth,
    int top,
    int left,
    int height,
    int width,
    boolean mirrored) {
  /** Returns the view of all of an image. */
  public static ImageView whole(int channels, int height, int width) {
    return new ImageView(channels, height, width, 0, 0, height, width, false);
  }

  /**
   * Returns a box of what is seen.
   *
   * @param boxTop its first row, counted from the view's
   * @param boxLeft its first column, likewise
   * @return nothing if the box reaches out of a view of a part: what it would show there is black,
   *     and the image is not
   */
  public Optional<ImageView> crop(int boxTop, int boxLeft, int boxHeight, int boxWidth) {
    boolean inside =
        boxTop >= 0 && boxLeft >= 0 && boxTop <= height - boxHeight && boxLeft <= width - boxWidth;
    if (!inside && !withMirrored(false).equals(whole(channels, imageHeight, imageWidth))) {
      return Optional.empty();
    }
    int columns = mirrored ? width - boxWidth - boxLeft : boxLeft;
    return Optional.of(
        new ImageView(
            channels,
            imageHeight,
            imageWidth,
            top + boxTop,
            left + columns,
            boxHeight,
            boxWidth,
            mirrored));
  }

  /** Returns the same with left and right swapped. */
  public ImageView mirror() {
    return withMirrored(!mirrored);
  }

  private ImageView withMirrored(boolean now) {
    return new ImageView(channels, imageHeight, imageWidth, top, left, height, width, now);
  }
}
