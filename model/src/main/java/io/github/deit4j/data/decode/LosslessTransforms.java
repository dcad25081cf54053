package io.github.deit4j.data.decode;

/**
 * Undoes what a lossless WebP file's writer did to the pixels so that they take fewer bits (RFC
 * 9649, section 3.5).
 */
final class LosslessTransforms {
  private static final int BLACK = 0xFF000000;

  private LosslessTransforms() {}

  /** Returns how many blocks of 2 to the power of {@code bits} pixels a side has. */
  static int blocks(int side, int bits) {
    return (side + (1 << bits) - 1) >> bits;
  }

  /**
   * Adds to each pixel what its neighbours let one expect.
   *
   * @param modes in their green the way to do that in a block
   */
  static void addPredictions(ArgbPlanes pixels, ArgbPlanes modes, int bits) {
    int width = pixels.width();
    for (int y = 0; y < pixels.height(); y++) {
      int left = 0;
      int topLeft = 0;
      int top = y == 0 ? 0 : pixels.get((y - 1) * width);
      int mode = 0;
      for (int x = 0; x < width; x++) {
        int i = y * width + x;
        if ((x & (1 << bits) - 1) == 0) {
          mode = modes.get((y >> bits) * modes.width() + (x >> bits)) >> 8 & 0xF;
        }
        int predicted;
        if (y == 0) {
          predicted = x == 0 ? BLACK : left;
        } else {
          int topRight = pixels.get(i - width + 1); // of the last column the row's own first pixel
          predicted = x == 0 ? top : predict(mode, left, top, topLeft, topRight);
          topLeft = top;
          top = topRight;
        }
        left = add(pixels.get(i), predicted);
        pixels.set(i, left);
      }
    }
  }

  private static int predict(int mode, int left, int top, int topLeft, int topRight) {
    return switch (mode) {
      case 1 -> left;
      case 2 -> top;
      case 3 -> topRight;
      case 4 -> topLeft;
      case 5 -> average(average(left, topRight), top);
      case 6 -> average(left, topLeft);
      case 7 -> average(left, top);
      case 8 -> average(topLeft, top);
      case 9 -> average(top, topRight);
      case 10 -> average(average(left, topLeft), average(top, topRight));
      case 11 -> nearer(left, top, topLeft);
      case 12 -> addDifference(left, top, topLeft);
      case 13 -> addHalfDifference(average(left, top), topLeft);
      default -> BLACK;
    };
  }

  /** Returns the sums of four levels, each modulo 256. */
  private static int add(int a, int b) {
    return (a & 0xFF00FF00) + (b & 0xFF00FF00) & 0xFF00FF00
        | (a & 0x00FF00FF) + (b & 0x00FF00FF) & 0x00FF00FF;
  }

  /** Returns the means of four levels, rounded down. */
  private static int average(int a, int b) {
    return (a & b) + (((a ^ b) & 0xFEFEFEFE) >>> 1);
  }

  /** Returns which of two is nearer to {@code left + top - topLeft}. */
  private static int nearer(int left, int top, int topLeft) {
    int ofLeft = 0;
    int ofTop = 0;
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      ofLeft += Math.abs(level(top, shift) - level(topLeft, shift));
      ofTop += Math.abs(level(left, shift) - level(topLeft, shift));
    }
    return ofLeft < ofTop ? left : top;
  }

  private static int addDifference(int left, int top, int topLeft) {
    int sum = 0;
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      sum |= clamp(level(left, shift) + level(top, shift) - level(topLeft, shift)) << shift;
    }
    return sum;
  }

  private static int addHalfDifference(int mean, int topLeft) {
    int sum = 0;
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      int level = level(mean, shift);
      sum |= clamp(level + (level - level(topLeft, shift)) / 2) << shift;
    }
    return sum;
  }

  private static int level(int argb, int shift) {
    return argb >>> shift & 0xFF;
  }

  private static int clamp(int level) {
    return Math.clamp(level, 0, 255);
  }

  /**
   * Adds parts of green to red and blue, and a part of red to blue.
   *
   * @param parts of a block, in thirty-seconds: of red for blue in their red, of green for blue in
   *     their green, of green for red in their blue
   */
  static void addColors(ArgbPlanes pixels, ArgbPlanes parts, int bits) {
    int width = pixels.width();
    for (int y = 0; y < pixels.height(); y++) {
      int part = 0;
      for (int x = 0; x < width; x++) {
        if ((x & (1 << bits) - 1) == 0) {
          part = parts.get((y >> bits) * parts.width() + (x >> bits));
        }
        int argb = pixels.get(y * width + x);
        byte green = (byte) (argb >> 8);
        int red = (argb >> 16) + ((byte) part * green >> 5) & 0xFF;
        int blue =
            argb + ((byte) (part >> 8) * green >> 5) + ((byte) (part >> 16) * (byte) red >> 5);
        pixels.set(y * width + x, argb & 0xFF00FF00 | red << 16 | blue & 0xFF);
      }
    }
  }

  /** Adds green to red and blue. */
  static void addGreen(ArgbPlanes pixels) {
    for (int i = 0; i < pixels.size(); i++) {
      int argb = pixels.get(i);
      int green = argb >> 8 & 0xFF;
      pixels.set(i, add(argb, green << 16 | green));
    }
  }

  /** Returns how many places in a palette are in one green, as a power of 2. */
  static int packing(int colours) {
    return colours > 16 ? 0 : colours > 4 ? 1 : colours > 2 ? 2 : 3;
  }

  /**
   * Looks up what green says in a palette. A place behind its end is transparent black.
   *
   * @return the pixels themselves where they are not packed
   */
  static ArgbPlanes lookUp(ArgbPlanes packed, int[] palette, int width) {
    int packing = packing(palette.length);
    int bits = Byte.SIZE >> packing;
    ArgbPlanes pixels = packing == 0 ? packed : new ArgbPlanes(width, packed.height());
    for (int y = 0; y < packed.height(); y++) {
      for (int x = 0; x < width; x++) {
        int greens = packed.get(y * packed.width() + (x >> packing)) >> 8 & 0xFF;
        int place = greens >> (x & (1 << packing) - 1) * bits & (1 << bits) - 1;
        pixels.set(y * width + x, place < palette.length ? palette[place] : 0);
      }
    }
    return pixels;
  }

  /** Adds each pixel's levels to those of the next: a palette is stored as differences. */
  static int[] sums(ArgbPlanes differences) {
    int[] colours = new int[differences.size()];
    int colour = 0;
    for (int i = 0; i < colours.length; i++) {
      colour = add(colour, differences.get(i));
      colours[i] = colour;
    }
    return colours;
  }
}
