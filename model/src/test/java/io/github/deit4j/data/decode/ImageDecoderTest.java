package io.github.deit4j.data.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Image;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

public class ImageDecoderTest {
  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp"})
  void keepsEveryLevelOfRgb(String format) throws IOException {
    var picture = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
    picture.setRGB(0, 0, 0x010203);
    picture.setRGB(1, 0, 0xFEFDFC);
    assertPixels(encode(picture, format), 1, 2, 0x01, 0xFE, 0x02, 0xFD, 0x03, 0xFC);
  }

  @Test
  void copiesGreyWithoutGamma() throws IOException {
    var picture = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_GRAY);
    picture.getRaster().setPixels(0, 0, 3, 1, new int[] {7, 100, 200});
    assertPixels(encode(picture, "png"), 1, 3, 7, 100, 200, 7, 100, 200, 7, 100, 200);
  }

  @Test
  void keepsTheUpperByteOf16Bits() throws IOException {
    var picture = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
    picture.getRaster().setPixels(0, 0, 2, 1, new int[] {0x12FF, 0xFE01});
    assertPixels(encode(picture, "png"), 1, 2, 0x12, 0xFE, 0x12, 0xFE, 0x12, 0xFE);
  }

  @Test
  void dropsAlphaWithoutBlending() throws IOException {
    var picture = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    picture.setRGB(0, 0, 0x00102030);
    picture.setRGB(1, 0, 0x80405060);
    assertPixels(encode(picture, "png"), 1, 2, 0x10, 0x40, 0x20, 0x50, 0x30, 0x60);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "gif", "bmp"})
  void looksUpPalettes(String format) throws IOException {
    byte[] red = {1, 4};
    byte[] green = {2, 5};
    byte[] blue = {3, 6};
    var palette = new IndexColorModel(1, 2, red, green, blue);
    // Java's GIF reader loses rows of interlaced pictures with less than five.
    var picture = new BufferedImage(1, 5, BufferedImage.TYPE_BYTE_BINARY, palette);
    picture.getRaster().setPixels(0, 0, 1, 5, new int[] {0, 1, 1, 0, 1});
    assertPixels(encode(picture, format), 5, 1, 1, 4, 4, 1, 4, 2, 5, 5, 2, 5, 3, 6, 6, 3, 6);
  }

  @Test
  void spreadsFewBitsOverTheRange() throws IOException {
    var picture = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_555_RGB);
    picture.getRaster().setPixels(0, 0, 2, 1, new int[] {0, 31, 1, 30, 16, 31});
    var image = Planes.toRgb(picture);
    assertThat(image.pixels()).containsExactly(bytes(0, 246, 255, 131, 8, 255));
  }

  @Test
  void refusesAFileCutOff() throws IOException {
    for (String format : new String[] {"jpeg", "png", "gif"}) {
      byte[] file = encode(noise(60, 40), format);
      for (int length : new int[] {0, 1, 10, file.length / 4, file.length / 2}) {
        assertThatThrownBy(() -> ImageDecoder.decode("name", Arrays.copyOf(file, length)))
            .as("%s of %d bytes", format, length)
            .isInstanceOf(CorruptImageException.class)
            .hasMessageStartingWith("name: ");
      }
    }
  }

  @Test
  void survivesDamagedBytes() throws IOException {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    for (String format : new String[] {"jpeg", "png", "gif", "bmp"}) {
      byte[] file = encode(noise(16, 12), format);
      for (int i = 0; i < 200; i++) {
        byte[] damaged = file.clone();
        damaged[random.nextInt(file.length)] = (byte) random.nextInt();
        damaged[random.nextInt(Math.min(file.length, 64))] = (byte) random.nextInt();
        try {
          Image image = ImageDecoder.decode("name", damaged);
          assertThat(image.channels()).as("seed %d", seed).isEqualTo(3);
        } catch (CorruptImageException e) {
          assertThat(e.image()).as("seed %d", seed).isEqualTo("name");
        }
      }
    }
  }

  @Test
  void refusesOtherFiles() {
    byte[] text = "not an image".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> ImageDecoder.decode("name", text))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContainingAll("name", "png");
  }

  @Test
  void refusesTooManyPixelsBeforeDecoding() throws IOException {
    byte[] file = encode(noise(16, 12), "png");
    ByteBuffer.wrap(file).putInt(16, 20_000).putInt(20, 20_000); // the header's width and height
    assertThatThrownBy(() -> ImageDecoder.decode("name", file))
        .isInstanceOf(CorruptImageException.class)
        .hasMessageContainingAll("100000000 pixels", "400000000");
  }

  @Test
  void refusesMorePixelsThanTheFileCanHoldBeforeDecoding() throws IOException {
    byte[] file = encode(noise(16, 12), "png");
    ByteBuffer.wrap(file).putInt(16, 10_000).putInt(20, 10_000); // the header's width and height
    assertThatThrownBy(() -> ImageDecoder.decode("name", file))
        .isInstanceOf(CorruptImageException.class)
        .hasMessage("name: damaged: 100000000 pixels announced in a file of %d bytes", file.length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "gif"})
  void decodesTheEmptiestPictures(String format) throws IOException {
    var picture = new BufferedImage(3000, 3000, BufferedImage.TYPE_BYTE_BINARY);
    byte[] file = encode(picture, format);
    assertThat(ImageDecoder.decode("name", file).shapeText()).isEqualTo("3x3000x3000");
  }

  @Test
  void namesAMissingFile(@TempDir Path dir) {
    Path missing = dir.resolve("missing.png");
    assertThatThrownBy(() -> ImageDecoder.decode(missing))
        .isInstanceOf(CorruptImageException.class)
        .hasMessage(missing + ": no such file");
  }

  @Test
  void readsByContentNotByName(@TempDir Path dir) throws IOException {
    Path file = Files.write(dir.resolve("x.jpg"), encode(noise(5, 4), "png"));
    assertThat(ImageDecoder.decode(file).shapeText()).isEqualTo("3x4x5");
  }

  private static void assertPixels(byte[] file, int height, int width, int... expected)
      throws IOException {
    Image image = ImageDecoder.decode("test", file);
    assertThat(image.height()).isEqualTo(height);
    assertThat(image.width()).isEqualTo(width);
    assertThat(image.pixels()).containsExactly(bytes(expected));
  }

  private static byte[] bytes(int... levels) {
    byte[] bytes = new byte[levels.length];
    for (int i = 0; i < levels.length; i++) {
      bytes[i] = (byte) levels[i];
    }
    return bytes;
  }

  private static BufferedImage noise(int width, int height) {
    var picture = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    var random = new Random(1);
    DataBuffer levels = picture.getRaster().getDataBuffer();
    for (int i = 0; i < levels.getSize(); i++) {
      levels.setElem(i, random.nextInt(256));
    }
    return picture;
  }

  public static byte[] encode(BufferedImage picture, String format) throws IOException {
    var out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(picture, format, out)).as(format).isTrue();
    return out.toByteArray();
  }
}
