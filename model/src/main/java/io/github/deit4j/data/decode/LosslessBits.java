package io.github.deit4j.data.decode;

import java.io.EOFException;

/** The bits of a lossless WebP picture, of each byte the lowest first (RFC 9649, section 3.2). */
final class LosslessBits {
  private final byte[] bytes;
  private int at;
  private long buffer;
  private int buffered;

  LosslessBits(byte[] bytes, int from) {
    this.bytes = bytes;
    this.at = from;
  }

  /** Returns the next bits, at most 32, and zeros for those behind the end. */
  int peek(int count) {
    if (buffered < count) {
      for (; buffered <= Long.SIZE - Byte.SIZE && at < bytes.length; buffered += Byte.SIZE) {
        buffer |= (bytes[at++] & 0xFFL) << buffered;
      }
    }
    return (int) (buffer & (1L << count) - 1);
  }

  /** Leaves out bits that were looked at. */
  void skip(int count) throws EOFException {
    if (count > buffered) {
      throw new EOFException("the file is cut off");
    }
    buffer >>>= count;
    buffered -= count;
  }

  /** Returns the next bits, at most 32. */
  int read(int count) throws EOFException {
    int bits = peek(count);
    skip(count);
    return bits;
  }

  boolean readFlag() throws EOFException {
    return read(1) == 1;
  }
}
