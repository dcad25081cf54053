package io.github.deit4j.data;

/**
 * Chooses the size at which a JPEG image is decoded: of large images a small part of the work gives
 * half, a quarter or an eighth of the rows and columns.
 */
@FunctionalInterface
public interface Reduction {
  /** Every image at its full size. */
  Reduction NONE = (height, width) -> 1;

  /**
   * Returns what height and width may be divided by at most, for an image of the given full size.
   */
  int limit(int height, int width);
}
