package io.github.deit4j.weights;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;

/** Reads little-endian values one after another and never past the end. */
final class SegmentReader {
  private final Path file;
  private final MemorySegment segment;
  private long position;

  SegmentReader(Path file, MemorySegment segment) {
    this.file = file;
    this.segment = segment;
  }

  FormatException malformed(String expected, String found) {
    return new FormatException(file, expected, found);
  }

  long position() {
    return position;
  }

  void moveTo(long newPosition) throws FormatException {
    position = 0;
    skip(newPosition);
  }

  /** Moves on and returns the position before. */
  long skip(long bytes) throws FormatException {
    if (bytes < 0 || bytes > segment.byteSize() - position) {
      throw malformed(
          Long.toUnsignedString(bytes) + " bytes at byte " + position,
          segment.byteSize() - position + "; the file may be cut off");
    }
    position += bytes;
    return position - bytes;
  }

  int unsignedByte() throws FormatException {
    return Byte.toUnsignedInt(segment.get(Elements.BYTE, skip(Byte.BYTES)));
  }

  int unsignedShort() throws FormatException {
    return Short.toUnsignedInt(segment.get(Elements.SHORT, skip(Short.BYTES)));
  }

  int integer() throws FormatException {
    return segment.get(Elements.INT, skip(Integer.BYTES));
  }

  long unsignedInteger() throws FormatException {
    return Integer.toUnsignedLong(integer());
  }

  long longInteger() throws FormatException {
    return segment.get(Elements.LONG, skip(Long.BYTES));
  }

  /** Returns the next bytes without copying them. */
  MemorySegment slice(long bytes) throws FormatException {
    return segment.asSlice(skip(bytes), bytes);
  }

  byte[] bytes(long length) throws FormatException {
    MemorySegment slice = slice(length);
    if (length > Integer.MAX_VALUE - 8) {
      throw malformed("fewer bytes than 2 GiB in one value", length + " bytes");
    }
    return slice.toArray(Elements.BYTE);
  }

  String text(long length) throws FormatException {
    long start = position;
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(length))).toString();
    } catch (CharacterCodingException e) {
      throw malformed("UTF-8 text at byte " + start, "other bytes");
    }
  }

  /** Returns the text up to the end of the line, which is skipped. */
  String line(int longest) throws FormatException {
    long end = position + Math.min(longest, segment.byteSize() - position);
    for (long i = position; i < end; i++) {
      if (segment.get(Elements.BYTE, i) == '\n') {
        String text = text(i - position);
        skip(1);
        return text;
      }
    }
    throw malformed("a line of at most " + longest + " bytes at byte " + position, "no end of it");
  }
}
