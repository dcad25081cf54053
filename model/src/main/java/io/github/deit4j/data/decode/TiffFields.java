package io.github.deit4j.data.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * The whole numbers that a directory of a TIFF file (Revision 6.0, 1992, and BigTIFF) or of EXIF
 * data, which has the same form, holds by tag. Numbers are read only once somebody asks for them;
 * fields of other kinds are as if they were not there.
 */
final class TiffFields {
  private static final int CLASSIC = 42;
  private static final int BIG = 43;

  /** An entry as it stands. */
  private record Field(int type, long count, long at) {}

  private final byte[] content;
  private final ByteBuffer bytes;
  private final boolean big;
  private final Map<Integer, Field> fields = new HashMap<>();

  /**
   * Reads the first directory.
   *
   * @throws IllegalArgumentException if there is none
   */
  TiffFields(byte[] content) {
    this.content = content;
    bytes = ByteBuffer.wrap(content);
    if (content.length < 8) {
      throw new IllegalArgumentException("the file is cut off");
    }
    bytes.order(content[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int version = bytes.getShort(2);
    if (version != CLASSIC && version != BIG) {
      throw new IllegalArgumentException("expected version 42 or 43, found " + version);
    }
    big = version == BIG;
    long directory = read(big ? 8 : 4, big ? 8 : 4);
    long entries = read(directory, big ? 8 : 2);
    int size = big ? 20 : 12;
    long at = directory + (big ? 8 : 2);
    requireRoom(at, entries, size);
    for (long i = 0; i < entries; i++, at += size) {
      int tag = (int) read(at, 2);
      int type = (int) read(at + 2, 2);
      long count = read(at + 4, big ? 8 : 4);
      long value = at + (big ? 12 : 8);
      long room = big ? 8 : 4;
      if (bytesOf(type) > 0) {
        boolean here = count <= room / bytesOf(type);
        fields.putIfAbsent(tag, new Field(type, count, here ? value : read(value, (int) room)));
      }
    }
  }

  ByteOrder order() {
    return bytes.order();
  }

  boolean has(int tag) {
    return fields.containsKey(tag);
  }

  /** Returns a tag's first number, or another one if the tag isn't there. */
  long number(int tag, long otherwise) {
    return has(tag) ? numbers(tag, 1)[0] : otherwise;
  }

  /** Returns how many numbers a tag has. */
  long count(int tag) {
    return has(tag) ? fields.get(tag).count : 0;
  }

  /**
   * Returns a tag's first numbers.
   *
   * @throws IllegalArgumentException if there aren't as many
   */
  long[] numbers(int tag, int count) {
    if (count(tag) < count) {
      throw new IllegalArgumentException(
          "expected %d numbers of the field %d, found %d".formatted(count, tag, count(tag)));
    }
    Field field = fields.get(tag);
    int size = bytesOf(field.type);
    requireRoom(field.at, count, size);
    long[] numbers = new long[count];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = read(field.at + (long) i * size, size);
    }
    return numbers;
  }

  /** Returns the bytes of a whole number without sign, 0 for what is none. */
  private static int bytesOf(int type) {
    return switch (type) {
      case 1 -> 1;
      case 3 -> 2;
      case 4 -> 4;
      case 16 -> 8;
      default -> 0;
    };
  }

  private void requireRoom(long at, long count, int size) {
    if (at < 0 || count < 0 || at > content.length || count > (content.length - at) / size) {
      throw new IllegalArgumentException("the file is cut off");
    }
  }

  private long read(long at, int size) {
    requireRoom(at, 1, size);
    int place = (int) at;
    return switch (size) {
      case 1 -> Byte.toUnsignedLong(content[place]);
      case 2 -> Short.toUnsignedLong(bytes.getShort(place));
      case 4 -> Integer.toUnsignedLong(bytes.getInt(place));
      default -> bytes.getLong(place);
    };
  }
}
