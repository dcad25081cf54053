package io.github.deit4j.data.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Lossless WebP files, bit by bit, that no encoder writes. */
final class WebPBombs {
  /** Numbers of transforms. */
  static final int PREDICTIONS = 0;

  static final int COLORS = 1;
  static final int GREEN = 2;

  private final ByteArrayOutputStream content = new ByteArrayOutputStream();
  private int buffer;
  private int buffered;

  private WebPBombs(int width, int height) {
    bits(0x2F, 8).bits(width - 1, 14).bits(height - 1, 14).bits(0, 4);
  }

  /** Writes bits, the lowest first. */
  private WebPBombs bits(int value, int count) {
    for (int i = 0; i < count; i++) {
      buffer |= (i < Integer.SIZE ? value >> i & 1 : 0) << buffered;
      if (++buffered == Byte.SIZE) {
        content.write(buffer);
        buffer = 0;
        buffered = 0;
      }
    }
    return this;
  }

  /** Writes five codes of one symbol each, for pixels that take no bits. */
  private WebPBombs codes(int green, int red, int blue) {
    for (int symbol : new int[] {green, red, blue, 255, 0}) {
      bits(0b101, 3).bits(symbol, 8);
    }
    return this;
  }

  private byte[] file() {
    if (buffered > 0) {
      content.write(buffer);
    }
    int length = content.size();
    int padded = length + (length & 1);
    return ByteBuffer.allocate(20 + padded)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("RIFF".getBytes(ISO_8859_1))
        .putInt(12 + padded)
        .put("WEBPVP8L".getBytes(ISO_8859_1))
        .putInt(length)
        .put(content.toByteArray())
        .array();
  }

  /** Returns a file of one colour with transforms, whose blocks are as small as can be. */
  static byte[] transformed(int width, int height, int... transforms) {
    var bombs = new WebPBombs(width, height);
    for (int transform : transforms) {
      bombs.bits(1, 1).bits(transform, 2);
      if (transform != GREEN) {
        bombs.bits(0, 3).bits(0, 1).codes(13, 1, 1);
      }
    }
    return bombs.bits(0, 3).codes(1, 2, 3).file();
  }

  /** Returns one whose cache of colours has as many bits. */
  static byte[] cached(int bits) {
    return new WebPBombs(8, 8).bits(0, 1).bits(1, 1).bits(bits, 4).bits(0, 1).codes(1, 2, 3).file();
  }

  /** Returns one of 8×8 whose only group of codes is the last of so many. */
  static byte[] grouped(int groups) {
    int last = groups - 1;
    var bombs = new WebPBombs(8, 8).bits(0, 2).bits(1, 1).bits(0, 3);
    bombs.bits(0, 1).codes(last & 0xFF, last >> 8, 0);
    for (int i = 0; i < 5 * last; i++) {
      bombs.bits(0b0001, 4);
    }
    return bombs.codes(1, 2, 3).file();
  }

  /** Returns one whose first code gives the first few symbols so many bits, 1 or 2. */
  static byte[] coded(int symbols, int bits) {
    var bombs = new WebPBombs(8, 8).bits(0, 3);
    bombs.bits(0, 1).bits(1, 4); // codes for 5 of the lengths: 17, 18, 0, 1 and 2
    bombs.bits(0, 3).bits(1, 3).bits(0, 3).bits(bits == 1 ? 1 : 0, 3).bits(bits == 2 ? 1 : 0, 3);
    bombs.bits(0, 1).bits(0, symbols);
    for (int zeros = 280 - symbols; zeros > 0; zeros -= Math.min(zeros, 100)) {
      bombs.bits(1, 1).bits(Math.min(zeros, 100) - 11, 7);
    }
    return bombs.codes(2, 3, 255).bits(0, 8 * 8 * bits).file();
  }
}
