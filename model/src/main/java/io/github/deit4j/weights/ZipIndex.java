package io.github.deit4j.weights;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The entries of a zip archive as slices of the mapped file: nothing is unpacked, and nothing is
 * written, wherever an entry's name may point. Entries have to be stored without compression, as
 * PyTorch stores them; so no entry is larger than the file.
 */
final class ZipIndex {
  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int END_64 = 0x06064b50;
  private static final int END_64_LOCATOR = 0x07064b50;
  private static final int END_64_LOCATOR_BYTES = 20;
  private static final int CENTRAL = 0x02014b50;
  private static final int LOCAL = 0x04034b50;
  private static final int LONGEST_COMMENT = 0xffff;
  private static final int ENCRYPTED = 1;
  private static final int ZIP_64_EXTRA = 1;

  /** Stands in a field of 32 bits for a value that the zip64 extra field has. */
  private static final long IN_EXTRA = 0xffffffffL;

  private final long bytes;
  private final SegmentReader in;
  private final Map<String, MemorySegment> entries = new LinkedHashMap<>();

  private ZipIndex(Path file, MemorySegment content) {
    this.bytes = content.byteSize();
    this.in = new SegmentReader(file, content);
  }

  /**
   * Reads the central directory.
   *
   * @return the entries' contents by name, in the directory's order
   * @throws FormatException if the archive is malformed, or has a compressed or encrypted entry, or
   *     two of one name
   */
  static Map<String, MemorySegment> read(Path file, MemorySegment content) throws FormatException {
    ZipIndex index = new ZipIndex(file, content);
    index.readDirectory(index.findEnd());
    return index.entries;
  }

  private long findEnd() throws FormatException {
    long last = bytes - END_BYTES;
    long first = Math.max(0, last - LONGEST_COMMENT);
    for (long position = last; position >= first; position--) {
      in.moveTo(position);
      if (in.integer() == END) {
        in.moveTo(position + END_BYTES - Short.BYTES);
        if (position + END_BYTES + in.unsignedShort() == bytes) {
          return position;
        }
      }
    }
    throw in.malformed("a zip archive's directory at the end", "none; the file may be cut off");
  }

  private void readDirectory(long end) throws FormatException {
    in.moveTo(end + 10);
    long count = in.unsignedShort();
    in.skip(Integer.BYTES);
    long next = in.unsignedInteger();
    in.moveTo(Math.max(0, end - END_64_LOCATOR_BYTES));
    if (end >= END_64_LOCATOR_BYTES && in.integer() == END_64_LOCATOR) {
      in.skip(Integer.BYTES);
      in.moveTo(in.longInteger());
      requireSignature(END_64, "zip64 directory end");
      in.skip(28);
      count = in.longInteger();
      in.skip(Long.BYTES);
      next = in.longInteger();
    }
    for (long i = 0; i < count; i++) {
      in.moveTo(next);
      next = readCentralHeader();
    }
  }

  /** Returns where the next header begins. */
  private long readCentralHeader() throws FormatException {
    requireSignature(CENTRAL, "directory entry");
    in.skip(4);
    int flags = in.unsignedShort();
    int method = in.unsignedShort();
    in.skip(8);
    long packedSize = in.unsignedInteger();
    long size = in.unsignedInteger();
    int nameLength = in.unsignedShort();
    int extraLength = in.unsignedShort();
    int commentLength = in.unsignedShort();
    in.skip(8);
    long offset = in.unsignedInteger();
    String name = in.text(nameLength);
    long extraEnd = in.position() + extraLength;
    long[] values = {size, packedSize, offset};
    replaceFromExtra(values, extraEnd);
    if (method != 0 || (flags & ENCRYPTED) != 0 || values[0] != values[1]) {
      throw in.malformed(
          "zip entry \"" + name + "\" stored as it is", "a compressed or encrypted one");
    }
    add(name, contentOf(name, values[2], values[0]));
    return extraEnd + commentLength;
  }

  /** Replaces each value that is {@link #IN_EXTRA}, in this order, by one of 64 bits. */
  private void replaceFromExtra(long[] values, long extraEnd) throws FormatException {
    while (in.position() < extraEnd) {
      int id = in.unsignedShort();
      int length = in.unsignedShort();
      long next = in.position() + length;
      if (id == ZIP_64_EXTRA) {
        for (int i = 0; i < values.length; i++) {
          if (values[i] == IN_EXTRA) {
            values[i] = in.longInteger();
          }
        }
      }
      in.moveTo(next);
    }
  }

  private MemorySegment contentOf(String name, long offset, long size) throws FormatException {
    in.moveTo(offset);
    requireSignature(LOCAL, "entry \"" + name + "\"");
    in.skip(22);
    int nameLength = in.unsignedShort();
    int extraLength = in.unsignedShort();
    String localName = in.text(nameLength);
    if (!localName.equals(name)) {
      throw in.malformed(
          "zip entry \"" + name + "\"", "one that calls itself \"" + localName + "\"");
    }
    in.skip(extraLength);
    return in.slice(size);
  }

  private void add(String name, MemorySegment slice) throws FormatException {
    boolean leavesFolder =
        name.startsWith("/")
            || name.indexOf('\\') >= 0
            || name.indexOf('\0') >= 0
            || Arrays.asList(name.split("/")).contains("..");
    if (leavesFolder) {
      throw in.malformed("zip entries within one folder", "\"" + name + "\"");
    }
    if (entries.put(name, slice) != null) {
      throw in.malformed("each zip entry once", "\"" + name + "\" twice");
    }
  }

  private void requireSignature(int expected, String what) throws FormatException {
    long position = in.position();
    if (in.integer() != expected) {
      throw in.malformed("a zip " + what + " at byte " + position, "something else");
    }
  }
}
