package io.github.deit4j.data.decode;

import io.github.deit4j.input.InputBudget;

/**
 * How image files are decoded.
 *
 * @param jpeg decodes JPEG files
 * @param exifOrientation whether a picture is turned upright as its EXIF data say (tag Orientation
 *     of Exif 2.32, of JPEG, PNG, WebP and TIFF files), which the reference code doesn't
 * @param budget limits of a file's bytes, pixels and scans
 */
public record Decoding(JpegDecoder jpeg, boolean exifOrientation, InputBudget budget) {
  /** The fastest JPEG decoder of this machine, pictures as they are stored, usual limits. */
  public static final Decoding STANDARD =
      new Decoding(JpegDecoder.best(), false, InputBudget.STANDARD);

  /** Returns the same with another decoder of JPEG files. */
  public Decoding withJpeg(JpegDecoder other) {
    return new Decoding(other, exifOrientation, budget);
  }

  /** Returns the same with the EXIF orientation heeded or ignored. */
  public Decoding withExifOrientation(boolean heeded) {
    return new Decoding(jpeg, heeded, budget);
  }

  /** Returns the same with other limits, such as smaller ones for files of strangers. */
  public Decoding withBudget(InputBudget other) {
    return new Decoding(jpeg, exifOrientation, other);
  }
}
