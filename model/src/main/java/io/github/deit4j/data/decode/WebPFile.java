package io.github.deit4j.data.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.deit4j.data.CorruptImageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Walks through the chunks of a WebP file (RFC 9649): takes out the first picture's own, without
 * alpha plane, profile, texts and what follows of an animation, none of which anybody asks for.
 */
final class WebPFile {
  private static final int HEADER = 12;
  private static final int CHUNK_HEADER = 8;

  /** Of a picture in an animation: place, size, duration and flags, before its own chunks. */
  private static final int FRAME_HEADER = 16;

  private static final String LOSSY = "VP8 ";
  private static final String LOSSLESS = "VP8L";
  private static final String FRAME = "ANMF";
  private static final String EXIF = "EXIF";

  private final byte[] file;
  private final ByteBuffer bytes;

  private WebPFile(byte[] file) {
    this.file = file;
    this.bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Where a chunk's content is. */
  private record Chunk(String type, int from, int to) {}

  /**
   * Returns a file of the first picture alone.
   *
   * @throws CorruptImageException if it is cut off or not there
   */
  static byte[] firstPicture(String name, byte[] file) throws CorruptImageException {
    WebPFile webp = new WebPFile(file);
    Chunk picture = webp.find(HEADER, file.length, LOSSY, LOSSLESS, FRAME);
    if (picture != null && picture.type.equals(FRAME)) {
      picture = webp.find(picture.from + FRAME_HEADER, picture.to, LOSSY, LOSSLESS);
    }
    if (picture == null) {
      throw new CorruptImageException(name, "damaged: a WebP file without a picture");
    }
    if (picture.to > file.length) {
      throw new CorruptImageException(name, "damaged: the file is cut off");
    }
    int length = picture.to - picture.from;
    int padded = length + (length & 1);
    return ByteBuffer.allocate(HEADER + CHUNK_HEADER + padded)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("RIFF".getBytes(ISO_8859_1))
        .putInt(HEADER + padded)
        .put("WEBP".getBytes(ISO_8859_1))
        .put(picture.type.getBytes(ISO_8859_1))
        .putInt(length)
        .put(file, picture.from, length)
        .array();
  }

  /** Tells whether a file of one picture has every level as it was, so that it unpacks to much. */
  static boolean isLossless(byte[] picture) {
    return new WebPFile(picture).find(HEADER, picture.length, LOSSLESS) != null;
  }

  /** Returns the EXIF data, empty if there are none. */
  static byte[] exif(byte[] file) {
    Chunk chunk = new WebPFile(file).find(HEADER, file.length, EXIF);
    return chunk == null
        ? new byte[0]
        : Arrays.copyOfRange(file, chunk.from, Math.min(chunk.to, file.length));
  }

  /** Returns the first chunk of some types, {@code null} if there is none. */
  private Chunk find(int from, int to, String... types) {
    long at = from;
    while (at + CHUNK_HEADER <= Math.min(to, file.length)) {
      int start = (int) at;
      String type = new String(file, start, 4, ISO_8859_1);
      long length = Integer.toUnsignedLong(bytes.getInt(start + 4));
      long end = at + CHUNK_HEADER + length;
      if (Arrays.asList(types).contains(type)) {
        return new Chunk(type, start + CHUNK_HEADER, (int) Math.min(end, Integer.MAX_VALUE));
      }
      at = end + (length & 1);
    }
    return null;
  }
}
