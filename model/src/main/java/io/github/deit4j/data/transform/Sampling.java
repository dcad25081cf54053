package io.github.deit4j.data.transform;

/**
 * How the geometric operations fill their output.
 *
 * @param interpolation filter between the source's pixels
 * @param red what lies outside the source, with green and blue
 */
record Sampling(Interpolation interpolation, int red, int green, int blue) {
  /** Returns the filter with ImageNet's mean colour outside. */
  static Sampling of(Interpolation interpolation) {
    return new Sampling(interpolation, 124, 116, 104);
  }

  /** Returns the level outside of every channel. */
  int[] fill(int channels) {
    return channels == 1 ? new int[] {ToGrey.luma(red, green, blue)} : new int[] {red, green, blue};
  }
}
