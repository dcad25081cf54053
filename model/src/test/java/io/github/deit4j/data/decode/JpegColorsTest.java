package io.github.deit4j.data.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import org.junit.jupiter.api.Test;

class JpegColorsTest {
  private static final JpegHeader YCC = new JpegHeader(true, -1, new byte[] {1, 2, 3});
  private static final JpegHeader RGB = new JpegHeader(false, 0, new byte[] {1, 2, 3});
  private static final JpegHeader CMYK = new JpegHeader(false, 0, new byte[] {1, 2, 3, 4});
  private static final JpegHeader YCCK = new JpegHeader(false, 2, new byte[] {1, 2, 3, 4});

  @Test
  void greyIsCopied() {
    assertRgb(YCC, new int[] {77}, 77, 77, 77);
  }

  @Test
  void yccBecomesRgb() {
    assertRgb(YCC, new int[] {200, 128, 128}, 200, 200, 200);
    // 76 + 1.402·127 = 254.05; 76 + 0.344·43 − 0.714·127 = 0.1; 76 − 1.772·43 = −0.2
    assertRgb(YCC, new int[] {76, 85, 255}, 254, 0, 0);
    assertRgb(YCC, new int[] {255, 255, 255}, 255, 121, 255);
  }

  @Test
  void rgbStays() {
    assertRgb(RGB, new int[] {76, 85, 255}, 76, 85, 255);
  }

  @Test
  void invertedCmykBecomesRgb() {
    assertRgb(CMYK, new int[] {255, 100, 0, 255}, 255, 100, 0);
    // 200 − round(155·200/255) = 78
    assertRgb(CMYK, new int[] {255, 100, 0, 200}, 200, 78, 0);
    assertRgb(CMYK, new int[] {255, 100, 0, 0}, 0, 0, 0);
  }

  @Test
  void ycckBecomesInvertedCmykFirst() {
    assertRgb(YCCK, new int[] {55, 128, 128, 255}, 200, 200, 200);
    assertRgb(YCCK, new int[] {155, 128, 128, 200}, 78, 78, 78);
  }

  @Test
  void refusesTwoComponents() {
    assertThatThrownBy(() -> JpegColors.toRgb(YCC, pixel(1, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found 2");
  }

  private static void assertRgb(JpegHeader header, int[] components, int... expected) {
    byte[] pixels = JpegColors.toRgb(header, pixel(components)).pixels();
    assertThat(new int[] {pixels[0] & 0xFF, pixels[1] & 0xFF, pixels[2] & 0xFF})
        .containsExactly(expected);
  }

  private static Raster pixel(int... components) {
    WritableRaster raster =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 1, 1, components.length, null);
    raster.setPixel(0, 0, components);
    return raster;
  }
}
