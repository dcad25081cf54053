package io.github.deit4j.data.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Locale.ROOT;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;

/** What kind of image a file is, told by its first bytes, never by its name. */
enum ImageFormat {
  JPEG("\u00FF\u00D8\u00FF"),
  PNG("\u0089PNG\r\n\u001a\n"),
  GIF("GIF8"),
  BMP("BM"),
  WEBP("RIFF....WEBP"),
  TIFF("II*\0", "MM\0*", "II+\0", "MM\0+"),
  // Those that only have a name here, so that an error can say what a file is.
  AVIF("....ftypavif", "....ftypavis"),
  HEIC("....ftypheic", "....ftypheix", "....ftyphevc", "....ftypheim", "....ftypmif1"),
  JPEG_XL("\u00FF\n", "\0\0\0\fJXL \r\n\u0087\n"),
  JPEG_2000("\0\0\0\fjP  \r\n\u0087\n", "\u00FFO\u00FFQ"),
  PHOTOSHOP("8BPS"),
  ICO("\0\0\1\0"),
  OPENEXR("v/1\1"),
  RADIANCE_HDR("#?RADIANCE"),
  NETPBM("P1\n", "P2\n", "P3\n", "P4\n", "P5\n", "P6\n", "P7\n"),
  SVG("<svg"),
  PDF("%PDF-"),
  UNKNOWN("");

  /** A byte of a start that may be any. */
  private static final byte ANY = '.';

  private final List<byte[]> starts;

  ImageFormat(String... starts) {
    this.starts = Stream.of(starts).map(start -> start.getBytes(ISO_8859_1)).toList();
  }

  /** Returns the kind of a file, {@link #UNKNOWN} if it begins as none of the others. */
  static ImageFormat of(byte[] file) {
    return Stream.of(values()).filter(format -> format.begins(file)).findFirst().orElseThrow();
  }

  private boolean begins(byte[] file) {
    return starts.stream().anyMatch(start -> begins(file, start));
  }

  private static boolean begins(byte[] file, byte[] start) {
    if (file.length < start.length) {
      return false;
    }
    for (int i = 0; i < start.length; i++) {
      if (start[i] != ANY && start[i] != file[i]) {
        return false;
      }
    }
    return true;
  }

  /** Tells whether there is a decoder of it. */
  boolean isDecoded() {
    return ordinal() <= TIFF.ordinal();
  }

  /** Returns the names of those that are decoded. */
  static List<String> decoded() {
    return Arrays.stream(values()).filter(ImageFormat::isDecoded).map(Enum::name).toList();
  }

  /** Returns its name in words, as in {@code JPEG XL}. */
  String words() {
    return name().replace('_', ' ');
  }

  /** Tells whether a reader is the one for files of this kind. */
  boolean isReadBy(ImageReader reader) {
    ImageReaderSpi provider = reader.getOriginatingProvider();
    // Java has a TIFF reader, too, with levels of its own.
    return Stream.of(provider.getFormatNames()).anyMatch(name().toLowerCase(ROOT)::equals)
        && (!hasPlugIn() || provider.getClass().getName().startsWith("com.twelvemonkeys."));
  }

  private boolean hasPlugIn() {
    return this == WEBP || this == TIFF;
  }

  /** Returns what is wrong if there is no such reader. */
  String noReader() {
    return hasPlugIn()
        ? "is a %s file, which needs com.twelvemonkeys.imageio:imageio-%s on the class path"
            .formatted(this, name().toLowerCase(ROOT))
        : "is no %s file that Java reads".formatted(this);
  }
}
