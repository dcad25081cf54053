package io.github.deit4j.data.decode;

import io.github.deit4j.data.CorruptImageException;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * Walks through the first picture of a GIF file, which is Graphics Interchange Format 89a. Java's
 * reader fills up what is missing without a word, and unpacks what is too much; so the codes are
 * counted here and cut off where the picture is complete.
 */
final class GifFile {
  private static final int HEADER = 13;
  private static final int EXTENSION = 0x21;
  private static final int GRAPHIC_CONTROL = 0xF9;
  private static final int PICTURE = 0x2C;
  private static final int DESCRIPTOR = 10;
  private static final int TRAILER = 0x3B;
  private static final int MOST_CODES = 4096;
  private static final int LONGEST_CODE = 12;

  private final byte[] file;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int at = HEADER;

  private GifFile(byte[] file) {
    this.file = file;
  }

  /**
   * Returns a file of the first picture alone, as long as it has to be.
   *
   * @throws CorruptImageException if pixels are missing
   */
  static byte[] firstPicture(String name, byte[] file) throws CorruptImageException {
    try {
      return new GifFile(file).firstPicture(name);
    } catch (IndexOutOfBoundsException e) {
      throw new CorruptImageException(name, "damaged: the file is cut off", e);
    }
  }

  private byte[] firstPicture(String name) throws CorruptImageException {
    at += paletteBytes(file[HEADER - 3]);
    out.write(file, 0, at);
    while (unsigned(at) == EXTENSION) {
      int from = at;
      boolean kept = unsigned(at + 1) == GRAPHIC_CONTROL;
      at += 2;
      while (unsigned(at) > 0) {
        at += 1 + unsigned(at);
      }
      at++;
      if (kept) {
        out.write(file, from, at - from);
      }
    }
    if (unsigned(at) != PICTURE) {
      throw new CorruptImageException(name, "damaged: a GIF file without a picture");
    }
    long pixels = (long) unsignedShort(at + 5) * unsignedShort(at + 7);
    int codesAt = at + DESCRIPTOR + paletteBytes(file[at + DESCRIPTOR - 1]);
    out.write(file, at, codesAt + 1 - at);
    at = codesAt + 1;
    long found = copyCodes(unsigned(codesAt), pixels);
    if (found < pixels) {
      throw new CorruptImageException(
          name, "damaged: expected the codes of " + pixels + " pixels, found " + found);
    }
    out.write(0);
    out.write(TRAILER);
    return out.toByteArray();
  }

  private static int paletteBytes(byte flags) {
    return flags < 0 ? 3 << ((flags & 7) + 1) : 0;
  }

  private int unsigned(int position) {
    return file[position] & 0xFF;
  }

  private int unsignedShort(int position) {
    return unsigned(position) | unsigned(position + 1) << 8;
  }

  /**
   * Copies blocks of codes until they are enough, and returns how many pixels they have. A code
   * stands for as many as the one that it was made of, and one more.
   */
  private long copyCodes(int bits, long pixels) {
    if (bits < 1 || bits > 8) {
      return 0;
    }
    int clear = 1 << bits;
    int[] lengths = new int[MOST_CODES];
    Arrays.fill(lengths, 0, clear, 1);
    int next = clear + 2;
    int width = bits + 1;
    int before = -1;
    long found = 0;
    int buffer = 0;
    int buffered = 0;
    for (int block = unsigned(at); block > 0; block = unsigned(at)) {
      int end = at + 1 + block;
      out.write(file, at, end - at);
      for (at++; at < end; at++) {
        buffer |= unsigned(at) << buffered;
        buffered += 8;
        while (buffered >= width) {
          int code = buffer & (1 << width) - 1;
          buffer >>>= width;
          buffered -= width;
          if (code == clear) {
            next = clear + 2;
            width = bits + 1;
            before = -1;
            continue;
          }
          boolean known = code < clear || code > clear + 1 && code < next;
          boolean isNext = code == next && before >= 0;
          if (!known && !isNext) {
            return found; // the end, or none of the codes that there are
          }
          if (before >= 0 && next < MOST_CODES) {
            lengths[next++] = lengths[before] + 1;
            width = Math.min(LONGEST_CODE, next == 1 << width ? width + 1 : width);
          }
          found += lengths[code];
          before = code;
        }
      }
      if (found >= pixels) {
        return found;
      }
    }
    return found;
  }
}
