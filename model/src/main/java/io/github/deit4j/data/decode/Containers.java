package io.github.deit4j.data.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.input.InputBudget;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Takes out of image files what readers would unpack or copy without measure, though nobody asks
 * for it: compressed texts of PNG files, all but the first picture of GIF, WebP and TIFF files.
 * What is malformed stays for the readers to tell of.
 */
final class Containers {
  private static final String PNG = "\u0089PNG\r\n\u001a\n";
  private static final int PNG_BITS_AT = 24;
  private static final int PNG_COLOR_TYPE_AT = 25;
  private static final int PALETTE = 3;
  private static final int CHUNK_FRAME = 12;
  private static final int LOSSY_WEBP = 4;

  /** A BMP file has a JPEG or PNG file in it, which has limits of its own. */
  private static final int BMP_JPEG = 4;

  private static final int BMP_COMPRESSION_AT = 30;
  private static final int BMP_HEADER_SIZE_AT = 14;
  private static final int BMP_FIRST_WITH_COMPRESSION = 40;

  private Containers() {}

  /**
   * Returns a file with the same first picture, perhaps the file itself.
   *
   * @throws CorruptImageException if the picture is not whole, of a kind that has no limits, or has
   *     more pixels than the budget allows
   */
  static byte[] firstPicture(String name, byte[] file, ImageFormat format, InputBudget budget)
      throws CorruptImageException {
    switch (format) {
      case GIF -> {
        return GifFile.firstPicture(name, file);
      }
      case WEBP -> {
        return WebPFile.firstPicture(name, file);
      }
      case TIFF -> {
        return TiffFile.firstPicture(name, file, budget);
      }
      case BMP -> requirePlainBmp(name, file);
      case PNG -> {
        if (file.length > PNG_COLOR_TYPE_AT && file[PNG_COLOR_TYPE_AT] == PALETTE) {
          return withoutTexts(file);
        }
      }
      default -> {}
    }
    return file;
  }

  /**
   * Returns how often a pixel of a file counts, by the memory that its decoder takes for it: levels
   * of 16 bits twice, a lossy WebP file's as often as the objects are large that its decoder makes
   * of them.
   */
  static int weightOfPixel(byte[] file) {
    return switch (ImageFormat.of(file)) {
      case PNG -> file.length > PNG_COLOR_TYPE_AT && file[PNG_BITS_AT] == Short.SIZE ? 2 : 1;
      case TIFF -> TiffFile.bits(file) > Byte.SIZE ? 2 : 1;
      case WEBP -> WebPFile.isLossless(file) ? 1 : LOSSY_WEBP;
      default -> 1;
    };
  }

  /** Java's reader unpacks compressed texts and profiles where there is a palette. */
  private static byte[] withoutTexts(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file);
    ByteBuffer out = ByteBuffer.allocate(file.length);
    out.put(file, 0, PNG.length());
    int at = PNG.length();
    while (file.length - at >= CHUNK_FRAME) {
      int length = in.getInt(at);
      if (length < 0 || length > file.length - at - CHUNK_FRAME) {
        break;
      }
      if (!isPacked(new String(file, at + 4, 4, ISO_8859_1))) {
        out.put(file, at, length + CHUNK_FRAME);
      }
      at += length + CHUNK_FRAME;
    }
    out.put(file, at, file.length - at);
    return out.position() == file.length ? file : Arrays.copyOf(out.array(), out.position());
  }

  /** Returns the EXIF data of a PNG file, empty if there are none. */
  static byte[] exifOfPng(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file);
    int at = PNG.length();
    while (file.length - at >= CHUNK_FRAME) {
      int length = in.getInt(at);
      if (length < 0 || length > file.length - at - CHUNK_FRAME) {
        break;
      }
      if (new String(file, at + 4, 4, ISO_8859_1).equals("eXIf")) {
        return Arrays.copyOfRange(file, at + 8, at + 8 + length);
      }
      at += length + CHUNK_FRAME;
    }
    return new byte[0];
  }

  private static boolean isPacked(String chunk) {
    return chunk.equals("zTXt") || chunk.equals("iTXt") || chunk.equals("iCCP");
  }

  private static void requirePlainBmp(String name, byte[] file) throws CorruptImageException {
    ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (file.length >= BMP_COMPRESSION_AT + 4
        && header.getInt(BMP_HEADER_SIZE_AT) >= BMP_FIRST_WITH_COMPRESSION
        && header.getInt(BMP_COMPRESSION_AT) >= BMP_JPEG) {
      throw new CorruptImageException(
          name,
          "expected a BMP file of compression 0 to 3, found " + header.getInt(BMP_COMPRESSION_AT));
    }
  }
}
