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
import java.io.InputStream;
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
 * Decodes JPEG, PNG, BMP, GIF, WebP and TIFF files (the first picture) to RGB, as Pillow's
 * conversion to RGB has it: grey is copied to three channels, palettes are looked up, alpha is
 * dropped without blending, embedded profiles, gamma and, unless a {@link Decoding} says otherwise,
 * the EXIF orientation are ignored. Levels of 16 bits keep their upper byte.
 *
 * <p>Lossless WebP files are decoded here. ImageIO decodes the others, lossy WebP and TIFF by
 * TwelveMonkeys' plug-ins; where libjpeg-turbo is installed, it decodes the JPEG files that it has
 * nothing to say about. ImageIO's JPEG decoder patches over missing data with a warning; here such
 * a file is corrupt. The first picture of a GIF or WebP animation is what its own frame shows,
 * which may be smaller than the canvas. Colours of a lossy WebP file are not interpolated, so that
 * pixels at coloured edges differ from Pillow's. TIFF files are grey, RGB, CMYK or have a palette,
 * of 1 to 16 bits, and are not compressed as faxes or JPEG.
 *
 * <p>What a file asks for is within an {@link InputBudget}, or it is corrupt, too, whatever the
 * heap; where that has no room for a good one, the error is Java's own.
 */
public final class ImageDecoder {
  /** Endings of the files that can be decoded, in lower case. */
  public static final List<String> EXTENSIONS =
      List.of("bmp", "gif", "jpeg", "jpg", "png", "tif", "tiff", "webp");

  /** Of formats that can't be decoded, but that nobody should miss without knowing. */
  private static final List<String> OTHER_EXTENSIONS =
      List.of("avif", "heic", "heif", "jp2", "jxl", "pbm", "pgm", "ppm", "psd");

  /**
   * More than formats can pack: the densest is PNG, with 8 pixels in a byte deflated 1032:1. Only a
   * lossless WebP file of one colour takes no bits for its pixels.
   */
  private static final long MAX_PIXELS_PER_BYTE = 10_000;

  /** Scans of a progressive JPEG file as most programs write it. */
  private static final int USUAL_SCANS = 10;

  private ImageDecoder() {}

  /** Tells whether a file's name is that of an image, perhaps of one that can't be decoded. */
  public static boolean isNamedAsImage(Path file) {
    String name = file.getFileName().toString();
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return EXTENSIONS.contains(extension) || OTHER_EXTENSIONS.contains(extension);
  }

  /**
   * Reads and decodes a file by {@link Decoding#STANDARD}.
   *
   * @throws CorruptImageException if the file can't be read, is no image of a known format, is
   *     damaged, or has more than 100 million pixels
   */
  public static Image decode(Path file) throws CorruptImageException {
    return decode(file, Decoding.STANDARD);
  }

  /**
   * Reads and decodes a file.
   *
   * @throws CorruptImageException as {@link #decode(Path)}
   */
  public static Image decode(Path file, Decoding decoding) throws CorruptImageException {
    return decode(file.toString(), read(file), decoding, Reduction.NONE);
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
   * Decodes what a stream holds, which is read up to its end and not closed.
   *
   * @param name what errors call it
   * @throws CorruptImageException if it has more bytes than the budget of the decoding allows, and
   *     as {@link #decode(Path)}
   * @throws IOException if the stream can't be read
   */
  public static Image decode(String name, InputStream in, Decoding decoding) throws IOException {
    int most = (int) Math.min(decoding.budget().most(Limit.IMAGE_BYTES), Integer.MAX_VALUE - 16);
    byte[] content = in.readNBytes(most + 1);
    if (content.length > most) {
      throw new CorruptImageException(
          name, "expected at most " + most + " bytes of an image file, found more");
    }
    return decode(name, content, decoding, Reduction.NONE);
  }

  /**
   * Decodes a file's content by {@link Decoding#STANDARD}.
   *
   * @param name what errors call it
   * @throws CorruptImageException as {@link #decode(Path)}
   */
  public static Image decode(String name, byte[] file) throws CorruptImageException {
    return decode(name, file, Decoding.STANDARD, Reduction.NONE);
  }

  /**
   * Decodes a file's content, perhaps at a reduced size.
   *
   * @param name what errors call it
   * @param reduction of a JPEG file, by its size as it is shown
   * @throws CorruptImageException if it is beyond the budget of the decoding, and as {@link
   *     #decode(Path)}
   */
  public static Image decode(String name, byte[] file, Decoding decoding, Reduction reduction)
      throws CorruptImageException {
    ImageFormat format = ImageFormat.of(file);
    Orientation orientation =
        decoding.exifOrientation() ? Orientation.of(file, format) : Orientation.AS_STORED;
    return orientation.upright(
        decodeAsStored(name, file, format, decoding, orientation.ofStored(reduction)));
  }

  private static Image decodeAsStored(
      String name, byte[] file, ImageFormat format, Decoding decoding, Reduction reduction)
      throws CorruptImageException {
    InputBudget budget = decoding.budget();
    if (format != ImageFormat.JPEG) {
      return decodeByImageIo(name, file, format, 1, budget);
    }
    int scans = JpegHeader.scans(file);
    if (decoding.jpeg() == JpegDecoder.TURBOJPEG) {
      Optional<Image> image = TurboJpegDecoder.decode(name, file, reduction, scans, budget);
      if (image.isPresent()) {
        return image.get();
      }
    }
    return decodeByImageIo(name, file, format, scans, budget);
  }

  /**
   * Returns a picture that is in memory already as RGB: levels of RGB, grey and palettes as they
   * are, as if it had been in a file, alpha dropped; those of other kinds as Java converts them.
   *
   * @return [3, height, width]
   */
  public static Image of(BufferedImage picture) {
    return Planes.ofAny(picture);
  }

  private static Image decodeByImageIo(
      String name, byte[] file, ImageFormat format, int scans, InputBudget budget)
      throws CorruptImageException {
    if (!format.isDecoded()) {
      throw notDecoded(name, format);
    }
    byte[] picture = Containers.firstPicture(name, file, format, budget);
    if (format == ImageFormat.WEBP && WebPFile.isLossless(picture)) {
      return decodeLosslessWebP(name, picture, budget);
    }
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(picture))) {
      ImageReader reader = readerOf(name, format, in);
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
    } catch (IOException | RuntimeException | AssertionError e) {
      // Decoders throw all kinds of unchecked exceptions at damaged files.
      throw damaged(name, e);
    }
  }

  private static Image decodeLosslessWebP(String name, byte[] picture, InputBudget budget)
      throws CorruptImageException {
    try {
      LosslessWebP webp = new LosslessWebP(picture);
      requireFewPixels(name, webp.height(), webp.width(), picture, 1, budget);
      return webp.decode();
    } catch (CorruptImageException e) {
      throw e;
    } catch (IOException e) {
      throw damaged(name, e);
    }
  }

  private static CorruptImageException notDecoded(String name, ImageFormat format) {
    String formats = ImageFormat.decoded().toString().toLowerCase(Locale.ROOT);
    return new CorruptImageException(
        name,
        format == ImageFormat.UNKNOWN
            ? "is no image of the formats " + formats
            : "is a file of the format %s; convert it to one of %s"
                .formatted(format.words(), formats));
  }

  /**
   * Makes a decoder's exception ours. Some wrap an exhausted memory, which no image is to blame
   * for.
   */
  static CorruptImageException damaged(String name, Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError exhausted) {
        throw exhausted;
      }
    }
    String reason = e.getMessage() == null ? e.toString() : e.getMessage();
    return new CorruptImageException(name, "damaged: " + reason, e);
  }

  private static ImageReader readerOf(String name, ImageFormat format, ImageInputStream in)
      throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (format.isReadBy(reader)) {
        return reader;
      }
      reader.dispose();
    }
    throw new CorruptImageException(name, format.noReader());
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
        || warning.startsWith("Nothing to decode")
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
    if (pixels > MAX_PIXELS_PER_BYTE * file.length && !WebPFile.isLossless(file)) {
      throw new CorruptImageException(
          name, "damaged: " + pixels + " pixels announced in a file of " + file.length + " bytes");
    }
    long few =
        Math.max(
            budget.most(Limit.PIXELS_OF_ANY_FILE),
            budget.most(Limit.PIXELS_PER_BYTE) * file.length);
    int weight = Containers.weightOfPixel(file) * Math.max(1, Math.ceilDiv(scans, USUAL_SCANS));
    if (pixels * weight > few) {
      throw new CorruptImageException(
          name,
          "expected at most %d pixels in a file of %d bytes, found %d"
              .formatted(few / weight, file.length, pixels));
    }
    budget.require(Limit.SCANNED_PIXELS, scans * pixels, refusal);
  }
}
