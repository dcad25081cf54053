package io.github.deit4j.data.decode;

import io.github.deit4j.bindings.NativeLibraries;
import io.github.deit4j.data.DatasetException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;

/**
 * Who decodes JPEG files. Both give the reference's colours and chroma upsampling; levels may
 * differ by a few, so the choice is part of a run's recipe.
 */
public enum JpegDecoder {
  /** libjpeg-turbo, a native library: the reference's own decoder, and several times faster. */
  TURBOJPEG,
  /** Java's ImageIO, always there. */
  IMAGEIO;

  /** Returns the fastest that this machine has. */
  public static JpegDecoder best() {
    return Best.DECODER;
  }

  private static final class Best {
    static final JpegDecoder DECODER = TURBOJPEG.isAvailable() ? TURBOJPEG : IMAGEIO;
  }

  private boolean isAvailable() {
    return this == IMAGEIO || NativeLibraries.turboJpeg().place().isPresent();
  }

  /**
   * Requires that this machine has the decoder.
   *
   * @throws DatasetException telling where it was looked for
   */
  public void requireAvailable() throws DatasetException {
    if (!isAvailable()) {
      throw new DatasetException(
          "jpeg-decoder: expected turbojpeg, found no such library; install libturbojpeg0 or set"
              + " jpeg-decoder=imageio, with which a few levels differ. "
              + NativeLibraries.turboJpeg());
    }
  }

  /**
   * Returns the decoder in words, for the record of a run: another one may give slightly other
   * pixels.
   */
  public String description() {
    return this == TURBOJPEG ? "libjpeg-turbo" : imageIo();
  }

  private static String imageIo() {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
    if (!readers.hasNext()) {
      return "none";
    }
    ImageReader reader = readers.next();
    try {
      return reader.getClass().getName() + ", Java " + Runtime.version();
    } finally {
      reader.dispose();
    }
  }
}
