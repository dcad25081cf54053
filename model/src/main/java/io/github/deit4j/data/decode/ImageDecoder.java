package io.github.deit4j.data.decode;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset.Reduction;
import io.github.deit4j.data.Image;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.input.InputFiles;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes JPEG, PNG, BMP and GIF files (the first picture) to RGB, as Pillow's conversion to RGB
 * has it: grey is copied to three channels, palettes are looked up, alpha is dropped without
 * blending, embedded profiles, gamma and the EXIF orientation are ignored. Levels of 16 bits keep
 * their upper byte.
 *
 * <p>ImageIO decodes all of them; where libjpeg-turbo is installed, it decodes the JPEG files that
 * it has nothing to say about. ImageIO's JPEG decoder patches over missing data with a warning;
 * here such a file is corrupt.
 *
 * <p>What a file asks for is within an {@link InputBudget}, or it is corrupt, too, whatever the
 * heap; where that has no room for a good one, the error is Java's own.
 */
public final class ImageDecoder {
  /** Endings of the files that can be decoded, in lower case. */
  public static final List<String> EXTENSIONS = List.of("bmp", "gif", "jpeg", "jpg", "png");

  private static final List<String> FORMATS = List.of("bmp", "gif", "jpeg", "png");

  /** More than any format can pack: the densest is PNG, with 8 pixels in a byte deflated 1032:1. */
  private static final long MAX_PIXELS_PER_BYTE = 10_000;

  /** Scans of a progressive JPEG file as most programs write it. */
  private static final int USUAL_SCANS = 10;

  private ImageDecoder() {}

  /**
   * Reads and decodes a file.
   *
   * @throws CorruptImageException if the file can't be read, is no image of a known format, is
   *     damaged, or has more than 100 million pixels
   */
  public static Image decode(Path file) throws CorruptImageException {
    return decode(file.toString(), read(file));
  }

  /** Reads a file that is no larger than images are. */
  public static byte[] read(Path file) throws CorruptImageException {
    String name = file.toString();
    try {
      return InputFiles.read(
          file, Limit.IMAGE_BYTES, problem -> new CorruptImageException(name, problem));
    } catch (NoSuchFileException e) {
      throw new CorruptImageException(name, "no such file", e);
    } catch (CorruptImageException e) {
      throw e;
    } catch (IOException e) {
      throw new CorruptImageException(name, "can't be read: " + e.getMessage(), e);
    }
  }

  /**
   * Decodes a file's content.
   *
   * @param name what errors call it
   * @throws CorruptImageException as {@link #decode(Path)}
   */
  public static Image decode(String name, byte[] file) throws CorruptImageException {
    return decode(name, file, JpegDecoder.best(), Reduction.NONE);
  }

  /**
   * Decodes a file's content, perhaps at a reduced size.
   *
   * @param name what errors call it
   * @param jpeg decodes a JPEG file
   * @throws CorruptImageException as {@link #decode(Path)}
   */
  public static Image decode(String name, byte[] file, JpegDecoder jpeg, Reduction reduction)
      throws CorruptImageException {
    return decode(name, file, jpeg, reduction, InputBudget.STANDARD);
  }

  /**
   * Decodes a file's content within limits.
   *
   * @param budget limits of pixels and of a JPEG file's scans
   * @throws CorruptImageException if the file is beyond them, and as {@link #decode(Path)}
   */
  public static Image decode(
      String name, byte[] file, JpegDecoder jpeg, Reduction reduction, InputBudget budget)
      throws CorruptImageException {
    if (!JpegHeader.startsWithMagic(file)) {
      return decodeByImageIo(name, file, 1, budget);
    }
    int scans = JpegHeader.scans(file);
    if (jpeg == JpegDecoder.TURBOJPEG) {
      Optional<Image> image = TurboJpegDecoder.decode(name, file, reduction, scans, budget);
      if (image.isPresent()) {
        return image.get();
      }
    }
    return decodeByImageIo(name, file, scans, budget);
  }

  private static Image decodeByImageIo(String name, byte[] file, int scans, InputBudget budget)
      throws CorruptImageException {
    byte[] picture = Containers.firstPicture(name, file);
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(picture))) {
      ImageReader reader = readerOf(name, in);
      try {
        reader.setInput(in, true, true);
        int height = reader.getHeight(0);
        requireFewPixels(name, height, reader.getWidth(0), file, scans, budget);
        return decode(name, picture, reader);
      } finally {
        reader.dispose();
      }
    } catch (CorruptImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // Decoders throw all kinds of unchecked exceptions at damaged files.
      throw damaged(name, e);
    }
  }

  /**
   * Makes a decoder's exception ours. Some wrap an exhausted memory, which no image is to blame
   * for.
   */
  static CorruptImageException damaged(String name, Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError exhausted) {
        throw exhausted;
      }
    }
    String reason = e.getMessage() == null ? e.toString() : e.getMessage();
    return new CorruptImageException(name, "damaged: " + reason, e);
  }

  private static ImageReader readerOf(String name, ImageInputStream in) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
        return reader;
      }
      reader.dispose();
    }
    throw new CorruptImageException(name, "is no image of the formats " + FORMATS);
  }

  private static Image decode(String name, byte[] file, ImageReader reader) throws IOException {
    List<String> damage = new ArrayList<>();
    reader.addIIOReadWarningListener(
        (source, warning) -> {
          if (damage.isEmpty() && tellsOfDamage(warning)) {
            damage.add(warning);
          }
        });
    boolean jpeg = JpegHeader.startsWithMagic(file);
    BufferedImage picture = jpeg ? null : reader.read(0);
    Raster components = jpeg ? reader.readRaster(0, null) : null;
    if (!damage.isEmpty()) {
      throw new CorruptImageException(name, "damaged: " + damage.getFirst());
    }
    return jpeg ? JpegColors.toRgb(JpegHeader.read(file), components) : Planes.toRgb(picture);
  }

  private static boolean tellsOfDamage(String warning) {
    return warning.startsWith("Truncated File")
        || warning.startsWith("Premature end")
        || warning.startsWith("Out-of-sequence code")
        || (warning.startsWith("Corrupt JPEG data") && !warning.contains("extraneous bytes"));
  }

  /** Checked before a decoder takes memory and time for the pixels that a header announces. */
  static void requireFewPixels(
      String name, int height, int width, byte[] file, int scans, InputBudget budget)
      throws CorruptImageException {
    long pixels = (long) height * width;
    Function<String, CorruptImageException> refusal =
        problem -> new CorruptImageException(name, problem);
    budget.require(Limit.IMAGE_SCANS, scans, refusal);
    budget.require(Limit.IMAGE_PIXELS, pixels, refusal);
    budget.require(Limit.IMAGE_SIDE, Math.max(height, width), refusal);
    if (pixels > MAX_PIXELS_PER_BYTE * file.length) {
      throw new CorruptImageException(
          name, "damaged: " + pixels + " pixels announced in a file of " + file.length + " bytes");
    }
    long few =
        Math.max(
            budget.most(Limit.PIXELS_OF_ANY_FILE),
            budget.most(Limit.PIXELS_PER_BYTE) * file.length);
    int weight = Containers.bytesPerLevel(file) * Math.max(1, Math.ceilDiv(scans, USUAL_SCANS));
    if (pixels * weight > few) {
      throw new CorruptImageException(
          name,
          "expected at most %d pixels in a file of %d bytes, found %d"
              .formatted(few / weight, file.length, pixels));
    }
    budget.require(Limit.SCANNED_PIXELS, scans * pixels, refusal);
  }
}
