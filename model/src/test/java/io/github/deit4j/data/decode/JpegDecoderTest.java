package io.github.deit4j.data.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset.Reduction;
import io.github.deit4j.data.Image;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

class JpegDecoderTest {
  private static void assumeTurboJpeg() {
    assumeTrue(JpegDecoder.best() == JpegDecoder.TURBOJPEG, "libjpeg-turbo is not installed");
  }

  /** Smooth, so that decoders agree to a few levels. */
  private static byte[] jpeg(int width, int height, int type) throws IOException {
    var picture = new BufferedImage(width, height, type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        picture.setRGB(x, y, (x * 255 / width) << 16 | (y * 255 / height) << 8 | (x + y) % 128);
      }
    }
    return ImageDecoderTest.encode(picture, "jpeg");
  }

  private static Image decode(byte[] file, JpegDecoder decoder) throws IOException {
    return ImageDecoder.decode("test", file, Decoding.STANDARD.withJpeg(decoder), Reduction.NONE);
  }

  @Test
  void bothGiveNearlyTheSameLevels() throws IOException {
    assumeTurboJpeg();
    for (int type : new int[] {BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_BYTE_GRAY}) {
      byte[] file = jpeg(83, 61, type);
      Image turbo = decode(file, JpegDecoder.TURBOJPEG);
      Image java = decode(file, JpegDecoder.IMAGEIO);
      assertThat(turbo.shapeText()).isEqualTo(java.shapeText());
      for (int i = 0; i < java.pixels().length; i++) {
        int difference = (turbo.pixels()[i] & 0xFF) - (java.pixels()[i] & 0xFF);
        assertThat(Math.abs(difference)).as("level %d of type %d", i, type).isLessThanOrEqualTo(3);
      }
    }
  }

  @Test
  void reducesAsFarAsAllowed() throws IOException {
    assumeTurboJpeg();
    byte[] file = jpeg(101, 60, BufferedImage.TYPE_3BYTE_BGR);
    for (int limit : new int[] {0, 1, 2, 3, 7, 8, 100}) {
      int divisor = limit >= 8 ? 8 : limit >= 4 ? 4 : limit >= 2 ? 2 : 1;
      Image image =
          ImageDecoder.decode(
              "test",
              file,
              Decoding.STANDARD.withJpeg(JpegDecoder.TURBOJPEG),
              (height, width) -> {
                assertThat(height).isEqualTo(60);
                assertThat(width).isEqualTo(101);
                return limit;
              });
      assertThat(image.height()).isEqualTo(Math.ceilDiv(60, divisor));
      assertThat(image.width()).isEqualTo(Math.ceilDiv(101, divisor));
    }
  }

  @Test
  void refusesTheSameDamagedFiles() throws IOException {
    byte[] file = jpeg(60, 40, BufferedImage.TYPE_3BYTE_BGR);
    for (JpegDecoder decoder : EnumSet.of(JpegDecoder.IMAGEIO, JpegDecoder.best())) {
      for (int length : new int[] {0, 3, 200, file.length / 2, file.length - 8}) {
        byte[] cut = Arrays.copyOf(file, length);
        assertThatThrownBy(() -> decode(cut, decoder))
            .as("%s, %d bytes", decoder, length)
            .isInstanceOf(CorruptImageException.class);
      }
    }
  }

  @Test
  void describesItself() {
    assertThat(JpegDecoder.IMAGEIO.description()).contains("JPEGImageReader", "Java");
    assertThat(JpegDecoder.TURBOJPEG.description()).isEqualTo("libjpeg-turbo");
  }
}
