package io.github.deit4j.data.decode;

/**
 * Pixels of alpha, red, green and blue. The last three are an {@code Image}'s planes, so that a
 * picture is held once.
 */
final class ArgbPlanes {
  private final int width;
  private final int height;
  private final byte[] alpha;
  private final byte[] rgb;

  ArgbPlanes(int width, int height) {
    this.width = width;
    this.height = height;
    this.alpha = new byte[Math.multiplyExact(width, height)];
    this.rgb = new byte[Math.multiplyExact(3, alpha.length)];
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  int size() {
    return alpha.length;
  }

  /** Returns the planes of red, green and blue, which are not copied. */
  byte[] rgb() {
    return rgb;
  }

  /** Returns a pixel's alpha, red, green and blue, from the highest byte to the lowest. */
  int get(int i) {
    int plane = alpha.length;
    return alpha[i] << 24
        | (rgb[i] & 0xFF) << 16
        | (rgb[plane + i] & 0xFF) << 8
        | rgb[2 * plane + i] & 0xFF;
  }

  void set(int i, int argb) {
    int plane = alpha.length;
    alpha[i] = (byte) (argb >> 24);
    rgb[i] = (byte) (argb >> 16);
    rgb[plane + i] = (byte) (argb >> 8);
    rgb[2 * plane + i] = (byte) argb;
  }
}
