package io.github.deit4j.data.set;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Fingerprint;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.IntToLongFunction;
import java.util.zip.CRC32C;

/**
 * The first 64 bytes of a pack, and by them the layout of the whole file. All numbers are
 * little-endian.
 *
 * <table>
 * <caption>A pack</caption>
 * <tr><td>0</td><td>the eight characters {@code DEIT4JPK}</td></tr>
 * <tr><td>8</td><td>32 bits: version, 1 of files, 2 of pixels</td></tr>
 * <tr><td>12</td><td>32 bits: CRC-32C of everything from byte 16 to the images</td></tr>
 * <tr><td>16</td><td>64 bits: size of the file</td></tr>
 * <tr><td>24</td><td>64 bits: where the images begin</td></tr>
 * <tr><td>32</td><td>32 bits: number of images</td></tr>
 * <tr><td>36</td><td>32 bits: number of classes</td></tr>
 * <tr><td>40</td><td>32 bits: length of the class names together</td></tr>
 * <tr><td>44</td><td>32 bits: length of the images' names together</td></tr>
 * <tr><td>48</td><td>version 1: 16 bytes of zeros</td></tr>
 * <tr><td></td><td>version 2: 32 bits each: the shorter side of all images; filter of their resize, 0
 *     bilinear, 1 bicubic; 1 if they were turned upright by EXIF, else 0; 0</td></tr>
 * <tr><td>64</td><td>for every image 24 bytes: 64 bits: where its file's content begins; 32 bits
 *     each: its length, label, CRC-32C, and where its name ends among the names; in version 2
 *     further 32 bits each: its height and width, 0 if it could not be read</td></tr>
 * <tr><td></td><td>for every class 32 bits: where its name ends among the names</td></tr>
 * <tr><td></td><td>the class names in UTF-8, one after the other, then the images' names</td></tr>
 * <tr><td></td><td>zeros up to a multiple of 8, then in order the files' contents, as they were;
 *     in version 2 the images' unsigned bytes, [3, height, width] of red, green and blue</td></tr>
 * </table>
 *
 * @param pixels of what kind they are; null in a pack of files
 */
record PackHeader(
    long fileSize, int images, int classes, int classBytes, int nameBytes, PackedPixels pixels) {
  static final int BYTES = 64;

  private static final int FILE_ENTRY_BYTES = 24;
  private static final int PIXELS_ENTRY_BYTES = 32;
  private static final int PIXELS_AT = 48;

  private static final long MAGIC =
      ByteBuffer.wrap("DEIT4JPK".getBytes(US_ASCII)).order(ByteOrder.LITTLE_ENDIAN).getLong();
  private static final int FILES_VERSION = 1;
  private static final int PIXELS_VERSION = 2;
  private static final int CHECKSUM_AT = 12;
  private static final int COVERED_FROM = 16;

  /** Returns how many bytes the index has for each image. */
  int entryBytes() {
    return pixels == null ? FILE_ENTRY_BYTES : PIXELS_ENTRY_BYTES;
  }

  long classEndsAt() {
    return BYTES + (long) entryBytes() * images;
  }

  long classNamesAt() {
    return classEndsAt() + 4L * classes;
  }

  long namesAt() {
    return classNamesAt() + classBytes;
  }

  /** Returns where the images begin. */
  long dataOffset() {
    return (namesAt() + nameBytes + 7) / 8 * 8;
  }

  /** Completes an index, in which all is but the header and its checksum. */
  void write(ByteBuffer index) {
    int version = pixels == null ? FILES_VERSION : PIXELS_VERSION;
    index.clear().putLong(MAGIC).putInt(version).putInt(0).putLong(fileSize).putLong(dataOffset());
    index.putInt(images).putInt(classes).putInt(classBytes).putInt(nameBytes);
    if (pixels != null) {
      index.putInt(pixels.side()).putInt(pixels.interpolation().ordinal());
      index.putInt(pixels.exifOrientation() ? 1 : 0);
    }
    index.putInt(CHECKSUM_AT, checksum(index.position(COVERED_FROM)));
  }

  /**
   * Reads a header.
   *
   * @param start at least the first 64 bytes of a file
   * @throws DatasetException if it is no pack, of another version, or contradicts itself
   */
  static PackHeader read(Path file, ByteBuffer start, long fileSize) throws DatasetException {
    if (fileSize < BYTES || start.getLong(0) != MAGIC) {
      throw bad(file, "a pack made by \"deit pack\"", "another file");
    }
    int version = start.getInt(8);
    if (version != FILES_VERSION && version != PIXELS_VERSION) {
      throw bad(file, "a pack of version 1 or 2", "version " + version);
    }
    var header =
        new PackHeader(
            start.getLong(16),
            start.getInt(32),
            start.getInt(36),
            start.getInt(40),
            start.getInt(44),
            version == FILES_VERSION ? null : pixels(file, start));
    if (header.fileSize != fileSize) {
      throw bad(file, header.fileSize + " bytes", fileSize + "; it is cut off or damaged");
    }
    InputBudget.STANDARD.require(
        Limit.CLASSES, header.classes, problem -> new DatasetException(file + ": " + problem));
    boolean counts =
        header.images > 0 && header.classes > 0 && header.classBytes >= 0 && header.nameBytes >= 0;
    long dataOffset = header.dataOffset();
    if (!counts
        || dataOffset != start.getLong(24)
        || dataOffset > Math.min(fileSize, Integer.MAX_VALUE)) {
      throw bad(file, "sizes that fit together", header.toString());
    }
    return header;
  }

  private static PackedPixels pixels(Path file, ByteBuffer start) throws DatasetException {
    int filter = start.getInt(PIXELS_AT + 4);
    int upright = start.getInt(PIXELS_AT + 8);
    Interpolation[] filters = Interpolation.values();
    if (filter < 0 || filter >= filters.length || upright < 0 || upright > 1) {
      throw bad(file, "a known resize of its images", "another");
    }
    try {
      return new PackedPixels(start.getInt(PIXELS_AT), filters[filter], upright == 1);
    } catch (IllegalArgumentException e) {
      throw new DatasetException(file + ": images of another size: " + e.getMessage(), e);
    }
  }

  /** Requires that an index is as it was written. */
  static void requireChecksum(Path file, ByteBuffer index) throws DatasetException {
    if (index.getInt(CHECKSUM_AT) != checksum(index.duplicate().position(COVERED_FROM))) {
      throw bad(file, "an index with its checksum", "a damaged one; pack the images again");
    }
  }

  static int checksum(ByteBuffer bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /** Returns the fingerprint of images that are files: a pack has that of the folder it is of. */
  static String fingerprint(Dataset images, IntToLongFunction bytes) {
    var fingerprint = new Fingerprint().add(images.channels()).add(images.classNames().size());
    images.classNames().forEach(fingerprint::add);
    for (int image = 0; image < images.size(); image++) {
      fingerprint.add(images.path(image)).add(images.label(image)).add(bytes.applyAsLong(image));
    }
    return fingerprint.hex();
  }

  static DatasetException bad(Path file, String expected, String found) {
    return new DatasetException("%s: expected %s, found %s", file, expected, found);
  }
}
