package io.github.deit4j.data.decode;

import io.github.deit4j.data.Image;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Decodes a lossless WebP picture (RFC 9649, section 3). Time and memory are bound to its pixels
 * and bytes: TwelveMonkeys' decoder, which decodes lossy ones, takes hundreds of megabytes for
 * prefix codes that no pixel uses, and undoes a transform as often as a file says.
 */
final class LosslessWebP {
  /** Behind the headers of the file and of its only chunk. */
  private static final int CONTENT_AT = 20;

  private static final int SIGNATURE = 0x2F;
  private static final int LITERALS = 256;
  private static final int LENGTHS = 24;
  private static final int DISTANCES = 40;
  private static final int MOST_CACHE_BITS = 11;
  private static final int CACHE_FACTOR = 0x1E35A7BD;

  /** Distances in rows and columns, which have the lowest numbers, the nearest first. */
  private static final int[][] NEAR =
      IntStream.rangeClosed(0, 7)
          .boxed()
          .flatMap(
              row ->
                  IntStream.rangeClosed(row == 0 ? 1 : -7, 8)
                      .mapToObj(column -> new int[] {row, column}))
          .sorted(
              Comparator.<int[]>comparingInt(near -> near[0] * near[0] + near[1] * near[1])
                  .thenComparingInt(near -> Math.abs(near[1]))
                  .thenComparingInt(near -> -near[1]))
          .toArray(int[][]::new);

  private final LosslessBits bits;
  private final PrefixCode.Reader codes;
  private final int width;
  private final int height;

  /** In the order of their numbers in a file; each can be there once. */
  private enum Transform {
    PREDICTIONS,
    COLORS,
    GREEN,
    PALETTE
  }

  /** The codes of a part of a picture. */
  private record Group(
      PrefixCode green, PrefixCode red, PrefixCode blue, PrefixCode alpha, PrefixCode distance) {}

  /**
   * Reads the header.
   *
   * @param file of one picture, as {@link WebPFile#firstPicture} returns it
   */
  LosslessWebP(byte[] file) throws IOException {
    bits = new LosslessBits(file, CONTENT_AT);
    codes = new PrefixCode.Reader(bits);
    if (bits.read(Byte.SIZE) != SIGNATURE) {
      throw new IOException("no signature of a lossless picture");
    }
    width = 1 + bits.read(14);
    height = 1 + bits.read(14);
    bits.read(1); // whether any pixel is transparent
    int version = bits.read(3);
    if (version != 0) {
      throw new IOException("expected version 0 of lossless pictures, found " + version);
    }
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  /** Returns the picture as RGB, once. */
  Image decode() throws IOException {
    Deque<UnaryOperator<ArgbPlanes>> transforms = new ArrayDeque<>();
    int coded = readTransforms(transforms);
    ArgbPlanes pixels = readPixels(coded, height, true);
    while (!transforms.isEmpty()) {
      pixels = transforms.pop().apply(pixels);
    }
    return new Image(3, height, width, pixels.rgb());
  }

  /** Adds what undoes the transforms, the last first, and returns the width of what was coded. */
  private int readTransforms(Deque<UnaryOperator<ArgbPlanes>> transforms) throws IOException {
    Set<Transform> left = EnumSet.allOf(Transform.class);
    int coded = width;
    while (bits.readFlag()) {
      Transform transform = Transform.values()[bits.read(2)];
      if (!left.remove(transform)) {
        throw new IOException("a transform that is there twice");
      }
      switch (transform) {
        case PREDICTIONS, COLORS -> {
          boolean predictions = transform == Transform.PREDICTIONS;
          int blockBits = 2 + bits.read(3);
          ArgbPlanes blocks = readBlocks(coded, blockBits);
          transforms.push(
              pixels -> {
                if (predictions) {
                  LosslessTransforms.addPredictions(pixels, blocks, blockBits);
                } else {
                  LosslessTransforms.addColors(pixels, blocks, blockBits);
                }
                return pixels;
              });
        }
        case GREEN ->
            transforms.push(
                pixels -> {
                  LosslessTransforms.addGreen(pixels);
                  return pixels;
                });
        case PALETTE -> {
          int[] palette = LosslessTransforms.sums(readPixels(1 + bits.read(8), 1, false));
          transforms.push(pixels -> LosslessTransforms.lookUp(pixels, palette, width));
          coded = LosslessTransforms.blocks(width, LosslessTransforms.packing(palette.length));
        }
      }
    }
    return coded;
  }

  private ArgbPlanes readBlocks(int coded, int blockBits) throws IOException {
    return readPixels(
        LosslessTransforms.blocks(coded, blockBits),
        LosslessTransforms.blocks(height, blockBits),
        false);
  }

  /**
   * Reads the pixels of the picture, or those of a small one that says something about it.
   *
   * @param inGroups whether parts of it may have codes of their own
   */
  private ArgbPlanes readPixels(int columns, int rows, boolean inGroups) throws IOException {
    int cacheBits = readCacheBits();
    ArgbPlanes parts = null;
    int partBits = 0;
    int last = 0;
    BitSet used = new BitSet();
    if (inGroups && bits.readFlag()) {
      partBits = 2 + bits.read(3);
      parts = readBlocks(columns, partBits);
      for (int i = 0; i < parts.size(); i++) {
        used.set(group(parts, i));
      }
      last = used.length() - 1;
    } else {
      used.set(0);
    }
    Group[] groups = new Group[last + 1];
    for (int i = 0; i <= last; i++) {
      Group group = readGroup(cacheBits);
      groups[i] = used.get(i) ? group : null;
    }
    ArgbPlanes pixels = new ArgbPlanes(columns, rows);
    int[] cache = cacheBits == 0 ? null : new int[1 << cacheBits];
    readPixels(pixels, groups, parts, partBits, cache);
    return pixels;
  }

  /** Returns the logarithm of how many colours are remembered, 0 for none. */
  private int readCacheBits() throws IOException {
    if (!bits.readFlag()) {
      return 0;
    }
    int cacheBits = bits.read(4);
    if (cacheBits < 1 || cacheBits > MOST_CACHE_BITS) {
      throw new IOException(
          "expected a cache of 1 to " + MOST_CACHE_BITS + " bits, found " + cacheBits);
    }
    return cacheBits;
  }

  private static int group(ArgbPlanes parts, int i) {
    return parts.get(i) >> 8 & 0xFFFF;
  }

  private Group readGroup(int cacheBits) throws IOException {
    int greens = LITERALS + LENGTHS + (cacheBits == 0 ? 0 : 1 << cacheBits);
    return new Group(
        codes.read(greens),
        codes.read(LITERALS),
        codes.read(LITERALS),
        codes.read(LITERALS),
        codes.read(DISTANCES));
  }

  private void readPixels(
      ArgbPlanes pixels, Group[] groups, ArgbPlanes parts, int partBits, int[] cache)
      throws IOException {
    int columns = pixels.width();
    Group group = groups[0];
    int groupEnd = parts == null ? pixels.size() : 0;
    for (int at = 0; at < pixels.size(); ) {
      if (at >= groupEnd) {
        int row = at / columns;
        int part = at % columns >> partBits;
        group = groups[group(parts, (row >> partBits) * parts.width() + part)];
        groupEnd = row * columns + Math.min(columns, part + 1 << partBits);
      }
      int green = group.green.read(bits);
      if (green >= LITERALS && green < LITERALS + LENGTHS) {
        int length = readNumber(green - LITERALS);
        int distance = distance(readNumber(group.distance.read(bits)), columns);
        if (distance > at || length > pixels.size() - at) {
          throw new IOException("a copy of pixels that are not there");
        }
        for (int end = at + length; at < end; at++) {
          set(pixels, at, pixels.get(at - distance), cache);
        }
      } else {
        int argb =
            green >= LITERALS ? cache[green - LITERALS - LENGTHS] : readLiteral(group, green);
        set(pixels, at++, argb, cache);
      }
    }
  }

  private int readLiteral(Group group, int green) throws IOException {
    int red = group.red.read(bits);
    int blue = group.blue.read(bits);
    return group.alpha.read(bits) << 24 | red << 16 | green << 8 | blue;
  }

  private static void set(ArgbPlanes pixels, int at, int argb, int[] cache) {
    pixels.set(at, argb);
    if (cache != null) {
      cache[argb * CACHE_FACTOR >>> Integer.numberOfLeadingZeros(cache.length - 1)] = argb;
    }
  }

  /** Reads the rest of a length or a distance, of which a symbol gave the first two bits. */
  private int readNumber(int symbol) throws IOException {
    if (symbol < 4) {
      return symbol + 1;
    }
    int more = (symbol - 2) >> 1;
    return ((2 + (symbol & 1)) << more) + bits.read(more) + 1;
  }

  private static int distance(int number, int columns) {
    if (number > NEAR.length) {
      return number - NEAR.length;
    }
    int[] near = NEAR[number - 1];
    return Math.max(1, near[0] * columns + near[1]);
  }
}
