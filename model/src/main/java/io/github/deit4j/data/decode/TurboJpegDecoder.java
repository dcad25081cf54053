package io.github.deit4j.data.decode;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.deit4j.bindings.CString;
import io.github.deit4j.bindings.turbojpeg.TurboJpeg;
import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset.Reduction;
import io.github.deit4j.data.Image;
import io.github.deit4j.input.InputBudget;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Decodes JPEG files with libjpeg-turbo: accurate integer DCT, smooth chroma upsampling, as the
 * reference does. Keeps memory of its own for each thread.
 */
final class TurboJpegDecoder {
  private static final int MOST_REDUCED = 8;
  private static final long KEPT_BYTES = 1L << 24;

  /** Of libjpeg's decoder, and of what is around it. */
  private static final List<String> NO_MEMORY =
      List.of("Insufficient memory", "Memory allocation failure");

  private static final ThreadLocal<TurboJpegDecoder> OF_THIS_THREAD =
      ThreadLocal.withInitial(TurboJpegDecoder::new);

  private final MemorySegment header = Arena.ofAuto().allocate(4 * JAVA_INT.byteSize(), 4);
  private MemorySegment file = MemorySegment.NULL;
  private MemorySegment levels = MemorySegment.NULL;

  private TurboJpegDecoder() {}

  /**
   * Decodes a file.
   *
   * @param scans of the file
   * @param budget limits of pixels and scans
   * @return nothing if there is anything wrong or unusual about it; another decoder has to tell
   *     what
   * @throws CorruptImageException if it announces more pixels than it may have
   * @throws OutOfMemoryError if the library has no memory: another decoder's pixels may be others,
   *     so that none may stand in for it then
   */
  static Optional<Image> decode(
      String name, byte[] content, Reduction reduction, int scans, InputBudget budget)
      throws CorruptImageException {
    MemorySegment handle = TurboJpeg.tjInitDecompress();
    if (handle.equals(MemorySegment.NULL)) {
      throw new OutOfMemoryError("libjpeg-turbo has none for a decoder");
    }
    try {
      return OF_THIS_THREAD.get().decode(handle, name, content, reduction, scans, budget);
    } finally {
      TurboJpeg.tjDestroy(handle);
    }
  }

  private Optional<Image> decode(
      MemorySegment handle,
      String name,
      byte[] content,
      Reduction reduction,
      int scans,
      InputBudget budget)
      throws CorruptImageException {
    file = withRoom(file, content.length);
    MemorySegment.copy(content, 0, file, JAVA_BYTE, 0, content.length);
    if (!readHeader(handle, content.length)) {
      return nothing(handle, name);
    }
    int fullWidth = header.getAtIndex(JAVA_INT, 0);
    int fullHeight = header.getAtIndex(JAVA_INT, 1);
    ImageDecoder.requireFewPixels(name, fullHeight, fullWidth, content, scans, budget);
    // The decoder can divide by powers of two, and rounds up.
    int limit = Math.clamp(reduction.limit(fullHeight, fullWidth), 1, MOST_REDUCED);
    int divisor = Integer.highestOneBit(limit);
    int width = Math.ceilDiv(fullWidth, divisor);
    int height = Math.ceilDiv(fullHeight, divisor);
    int format = pixelFormat(header.getAtIndex(JAVA_INT, 3));
    int channels = format == TurboJpeg.TJPF_GRAY() ? 1 : format == TurboJpeg.TJPF_CMYK() ? 4 : 3;
    long size = (long) channels * width * height;
    levels = withRoom(levels, size);
    int result =
        TurboJpeg.tjDecompress2(
            handle,
            file,
            content.length,
            levels,
            width,
            width * channels,
            height,
            format,
            TurboJpeg.TJFLAG_ACCURATEDCT());
    if (result != 0) {
      return nothing(handle, name);
    }
    byte[] planes = Planes.ofInterleaved(levels, channels, width * height);
    return Optional.of(new Image(3, height, width, JpegColors.toRgb(planes, channels)));
  }

  /** Nothing, unless it is for the image no fault of its own. */
  private static Optional<Image> nothing(MemorySegment handle, String name) {
    String reason = CString.at(TurboJpeg.tjGetErrorStr2(handle));
    if (NO_MEMORY.stream().anyMatch(reason::contains)) {
      throw new OutOfMemoryError(name + ": libjpeg-turbo: " + reason);
    }
    return Optional.empty();
  }

  private boolean readHeader(MemorySegment handle, int size) {
    long step = JAVA_INT.byteSize();
    int result =
        TurboJpeg.tjDecompressHeader3(
            handle,
            file,
            size,
            header,
            header.asSlice(step),
            header.asSlice(2 * step),
            header.asSlice(3 * step));
    return result == 0;
  }

  private static int pixelFormat(int colorspace) {
    if (colorspace == TurboJpeg.TJCS_GRAY()) {
      return TurboJpeg.TJPF_GRAY();
    }
    boolean inks = colorspace == TurboJpeg.TJCS_CMYK() || colorspace == TurboJpeg.TJCS_YCCK();
    return inks ? TurboJpeg.TJPF_CMYK() : TurboJpeg.TJPF_RGB();
  }

  /** Returns memory of at least that size; a huge image's is not kept for the next one. */
  private static MemorySegment withRoom(MemorySegment memory, long bytes) {
    boolean keep = memory.byteSize() >= bytes && memory.byteSize() <= KEPT_BYTES;
    return keep ? memory : Arena.ofAuto().allocate(Math.max(1, bytes + bytes / 4), 64);
  }
}
