package io.github.deit4j.data.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Image;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same picture in many kinds of files, as Pillow 12.3 wrote them and reads them as RGB. */
public class ImageFormatsTest {
  private static final int HEIGHT = 23;
  private static final int WIDTH = 37;

  /** Returns a file of the test resources. */
  public static byte[] file(String name) throws IOException {
    try (InputStream in = ImageFormatsTest.class.getResourceAsStream("/images/" + name)) {
      return in.readAllBytes();
    }
  }

  private static Image decode(String name) throws IOException {
    return ImageDecoder.decode(name, file(name));
  }

  @ParameterizedTest
  @CsvSource({
    "lossless.webp, picture.png",
    "lossless-alpha.webp, picture.png",
    "animated.webp, picture.png",
    "few-colours.webp, few-colours.png",
    "rgb-none.tif, picture.png",
    "rgb-lzw.tif, picture.png",
    "rgb-lzw-predictor.tif, picture.png",
    "rgb-deflate.tif, picture.png",
    "rgb-packbits.tif, picture.png",
    "rgba.tif, picture.png",
    "cmyk.tif, picture.png",
    "big.tif, picture.png",
    "exif3.tif, picture.png",
    "grey.tif, grey.png",
    "bilevel.tif, bilevel.png",
    "palette.tif, few-colours.png",
  })
  void givesEveryLevelAsPillowDoes(String name, String expected) throws IOException {
    Image image = decode(name);
    assertThat(image.shapeText()).isEqualTo("3x23x37");
    assertThat(image.pixels()).isEqualTo(decode(expected).pixels());
  }

  /** What encoders may do to pixels: CRC-32 of the planes as Pillow reads them. */
  @ParameterizedTest
  @CsvSource({
    "all-predictions, 3x96x96, 006e7f2f",
    "colours-100, 3x23x37, 449ba93d",
    "colours-4, 3x23x37, 9e61ffad",
    "colours-2, 3x23x37, 6376b679",
    "one-colour, 3x480x640, d0017b0e",
  })
  void undoesTransformsOfWebP(String name, String shape, String crc) throws IOException {
    Image image = decode(name + ".webp");
    assertThat(image.shapeText()).isEqualTo(shape);
    var found = new CRC32();
    found.update(image.pixels());
    assertThat(found.getValue()).isEqualTo(Long.parseLong(crc, 16));
  }

  /** Pillow's decoder interpolates the colours of four pixels each, ours repeats them. */
  @ParameterizedTest
  @ValueSource(strings = {"lossy", "lossy-alpha"})
  void givesNearlyTheLevelsOfLossyWebP(String name) throws IOException {
    Image image = decode(name + ".webp");
    assertThat(image.shapeText()).isEqualTo("3x23x37");
    byte[] expected = decode(name + ".png").pixels();
    for (int i = 0; i < expected.length; i++) {
      int difference = (image.pixels()[i] & 0xFF) - (expected[i] & 0xFF);
      assertThat(Math.abs(difference)).as("level %d", i).isLessThanOrEqualTo(6);
    }
  }

  @Test
  void keepsTheUpperByteOf16Bits() throws IOException {
    Image image = decode("grey16.tif");
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        byte expected = (byte) ((x * 1771 + y * 257) % 65536 >> 8);
        assertThat(image.pixels()[y * WIDTH + x]).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"fax.tif, fax", "jpeg.tif, JPEG"})
  void namesWhatOfTiffItLeavesOut(String name, String compression) throws IOException {
    assertThatThrownBy(() -> decode(name))
        .isInstanceOf(CorruptImageException.class)
        .hasMessage(
            name
                + ": expected a TIFF file with none, LZW, Deflate or PackBits as its compression,"
                + " found "
                + compression);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0000001C6674797068656963 | HEIC",
        "0000001C6674797061766966 | AVIF",
        "0000000C4A584C200D0A870A | JPEG XL",
        "0000000C6A5020200D0A870A | JPEG 2000",
        "3842505300010000 | PHOTOSHOP",
        "50360A34203320 | NETPBM",
        "255044462D312E37 | PDF",
        "3C73766720 | SVG",
      })
  void namesOtherFormats(String start, String format) {
    byte[] file = Arrays.copyOf(HexFormat.of().parseHex(start), 100);
    assertThatThrownBy(() -> ImageDecoder.decode("name", file))
        .isInstanceOf(CorruptImageException.class)
        .hasMessage(
            "name: is a file of the format "
                + format
                + "; convert it to one of [jpeg, png, gif, bmp, webp, tiff]");
  }

  @Test
  void aFileByAnotherNameIsWhatItIs() throws IOException {
    byte[] text = "RIFF....WAVEfmt ".getBytes(StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> ImageDecoder.decode("name", text))
        .hasMessage("name: is no image of the formats [jpeg, png, gif, bmp, webp, tiff]");
  }

  @Test
  void refusesFilesCutOff() throws IOException {
    for (String name :
        new String[] {"lossless.webp", "lossy.webp", "rgb-none.tif", "rgb-lzw.tif", "big.tif"}) {
      byte[] file = file(name);
      for (int length : new int[] {12, 20, 40, file.length / 4, file.length / 2}) {
        assertThatThrownBy(() -> ImageDecoder.decode("name", Arrays.copyOf(file, length)))
            .as("%s of %d bytes", name, length)
            .isInstanceOf(CorruptImageException.class)
            .hasMessageStartingWith("name: ");
      }
    }
  }

  /** A strip that ends too early must not go on in the next one. */
  @Test
  void refusesShortStrips() throws IOException {
    byte[] file = file("rgb-none.tif");
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int entry = bytes.getInt(4) + 2;
    while (bytes.getShort(entry) != 279) {
      entry += 12;
    }
    bytes.putInt(entry + 8, bytes.getInt(entry + 8) - 1);
    assertThatThrownBy(() -> ImageDecoder.decode("name", file))
        .hasMessage("name: damaged: the file is cut off");
  }

  @ParameterizedTest
  @CsvSource({"exif6.webp, true", "exif6.jpg, false", "exif6.png, true"})
  void turnsUprightIfAsked(String name, boolean exact) throws IOException {
    Decoding upright = Decoding.STANDARD.withExifOrientation(true);
    Image turned = ImageDecoder.decode(name, new ByteArrayInputStream(file(name)), upright);
    assertThat(turned.shapeText()).isEqualTo("3x37x23");
    Image stored = decode(name);
    assertThat(stored.shapeText()).isEqualTo("3x23x37");
    if (exact) {
      assertThat(stored.pixels()).isEqualTo(decode("picture.png").pixels());
    }
    // 6: what is stored as the first column, from below, is the first row.
    for (int channel = 0; channel < 3; channel++) {
      for (int y = 0; y < WIDTH; y++) {
        for (int x = 0; x < HEIGHT; x++) {
          assertThat(turned.pixels()[(channel * WIDTH + y) * HEIGHT + x])
              .isEqualTo(stored.pixels()[(channel * HEIGHT + HEIGHT - 1 - x) * WIDTH + y]);
        }
      }
    }
  }

  @Test
  void turnsTiffUprightIfAsked() throws IOException {
    Image turned =
        ImageDecoder.decode(
            "name",
            new ByteArrayInputStream(file("exif3.tif")),
            Decoding.STANDARD.withExifOrientation(true));
    byte[] expected = decode("picture.png").pixels();
    for (int channel = 0; channel < 3; channel++) {
      for (int i = 0; i < HEIGHT * WIDTH; i++) {
        int plane = channel * HEIGHT * WIDTH;
        assertThat(turned.pixels()[plane + i]).isEqualTo(expected[plane + HEIGHT * WIDTH - 1 - i]);
      }
    }
  }

  /** The eight ways in which a letter F can lie, as the Exif standard draws them. */
  @Test
  void everyOrientationIsTheOneOfTheStandard() {
    String upright = "### #.. ##. #..";
    String[] stored = {
      upright,
      "### ..# .## ..#",
      "..# .## ..# ###",
      "#.. ##. #.. ###",
      "#### #.#. #...",
      "#... #.#. ####",
      "...# .#.# ####",
      "#### .#.# ...#",
    };
    for (Orientation orientation : Orientation.values()) {
      Image image = letter(stored[orientation.ordinal()]);
      assertThat(orientation.upright(image).pixels())
          .as("%s", orientation)
          .isEqualTo(letter(upright).pixels());
    }
  }

  private static Image letter(String rows) {
    String[] lines = rows.split(" ");
    byte[] pixels = String.join("", lines).getBytes(StandardCharsets.US_ASCII);
    return new Image(1, lines.length, lines[0].length(), pixels);
  }

  @Test
  void orientationThatMakesNoSenseIsIgnored() throws IOException {
    byte[] file = file("exif6.png");
    int exif = new String(file, StandardCharsets.ISO_8859_1).indexOf("eXIf");
    for (int i = exif + 4; i < exif + 30; i++) {
      byte[] damaged = file.clone();
      damaged[i] = (byte) 0xEE;
      assertThat(Orientation.of(damaged, ImageFormat.PNG)).isIn((Object[]) Orientation.values());
    }
    assertThat(Orientation.of(file, ImageFormat.PNG)).isEqualTo(Orientation.RIGHT_TOP);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        BufferedImage.TYPE_INT_RGB,
        BufferedImage.TYPE_INT_BGR,
        BufferedImage.TYPE_INT_ARGB,
        BufferedImage.TYPE_INT_ARGB_PRE,
        BufferedImage.TYPE_3BYTE_BGR,
        BufferedImage.TYPE_4BYTE_ABGR,
      })
  void takesPicturesInMemory(int type) throws IOException {
    BufferedImage read = ImageIO.read(new ByteArrayInputStream(file("picture.png")));
    var picture = new BufferedImage(WIDTH, HEIGHT, type);
    picture.getGraphics().drawImage(read, 0, 0, null);
    Image image = ImageDecoder.of(picture);
    assertThat(image.pixels()).isEqualTo(decode("picture.png").pixels());
  }

  @Test
  void takesGreyPicturesAndPalettesAsTheyAre() {
    var grey = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
    grey.getRaster().setPixels(0, 0, 2, 1, new int[] {7, 200});
    assertThat(ImageDecoder.of(grey).pixels())
        .containsExactly(7, (byte) 200, 7, (byte) 200, 7, (byte) 200);
    byte[] red = {1, 4};
    var palette = new IndexColorModel(1, 2, red, new byte[] {2, 5}, new byte[] {3, 6});
    var few = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY, palette);
    few.getRaster().setPixels(0, 0, 2, 1, new int[] {1, 0});
    assertThat(ImageDecoder.of(few).pixels()).containsExactly(4, 1, 5, 2, 6, 3);
  }

  @Test
  void streamsHaveALimit() throws IOException {
    byte[] file = file("picture.png");
    InputBudget small = InputBudget.STANDARD.with(Limit.IMAGE_BYTES, file.length - 1);
    assertThatThrownBy(
            () ->
                ImageDecoder.decode(
                    "name", new ByteArrayInputStream(file), Decoding.STANDARD.withBudget(small)))
        .isInstanceOf(CorruptImageException.class)
        .hasMessage(
            "name: expected at most %d bytes of an image file, found more", file.length - 1);
    assertThat(
            ImageDecoder.decode("name", new ByteArrayInputStream(file), Decoding.STANDARD).pixels())
        .isEqualTo(decode("picture.png").pixels());
  }

  /** Small files whose headers announce many pixels. */
  @Test
  void bombsOfOtherFormatsAreRefusedAtOnce() throws IOException {
    byte[] webp = file("lossy.webp");
    ByteBuffer.wrap(webp).order(ByteOrder.LITTLE_ENDIAN).putShort(26, (short) 16_383);
    ByteBuffer.wrap(webp).order(ByteOrder.LITTLE_ENDIAN).putShort(28, (short) 16_383);
    assertThatThrownBy(() -> ImageDecoder.decode("bomb", webp))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("268402689");
    byte[] tiff = file("rgb-lzw.tif");
    ByteBuffer bytes = ByteBuffer.wrap(tiff).order(ByteOrder.LITTLE_ENDIAN);
    int directory = bytes.getInt(4) + 2;
    bytes.putShort(directory + 8, (short) 9_000).putShort(directory + 20, (short) 9_000);
    assertThatThrownBy(() -> ImageDecoder.decode("bomb", tiff))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContaining("81144000 pixels");
  }
}
