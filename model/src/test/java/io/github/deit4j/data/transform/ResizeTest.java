package io.github.deit4j.data.transform;

import static io.github.deit4j.data.transform.Interpolation.BICUBIC;
import static io.github.deit4j.data.transform.Interpolation.BILINEAR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.Image;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ResizeTest {
  @Test
  void enlargesBilinearly() {
    Image row = TestImages.of(1, 1, 2, 0, 100);
    assertThat(levels(row, 1, 4, BILINEAR)).containsExactly(0, 25, 75, 100);
    Image column = TestImages.of(1, 2, 1, 0, 100);
    assertThat(levels(column, 4, 1, BILINEAR)).containsExactly(0, 25, 75, 100);
  }

  @Test
  void antialiasesWhenItShrinks() {
    // Four taps around each centre: weights 1/4·(1, 3, 3, 1)/2, at the border 3/7, 3/7, 1/7.
    Image row = TestImages.of(1, 1, 4, 0, 70, 140, 210);
    assertThat(levels(row, 1, 2, BILINEAR)).containsExactly(50, 160);
  }

  @Test
  void enlargesBicubicallyAndClips() {
    // Half-way weights of the cubic with a = −0.5 at distances 0.25, 0.75, 1.25, 1.75.
    Image row = TestImages.of(1, 1, 4, 0, 0, 255, 255);
    int[] levels = levels(row, 1, 8, BICUBIC);
    assertThat(levels[2]).as("undershoot is clipped").isZero();
    assertThat(levels[5]).as("overshoot is clipped").isEqualTo(255);
    assertThat(levels[3]).isEqualTo((int) (255 * (0.2265625 - 0.0234375) + 0.5));
    assertThat(levels[4]).isEqualTo(255 - levels[3]);
  }

  @ParameterizedTest
  @EnumSource
  void keepsAConstantImage(Interpolation interpolation) {
    byte[] pixels = new byte[3 * 17 * 23];
    Arrays.fill(pixels, (byte) 201);
    Image image = new Image(3, 17, 23, pixels);
    for (int size : new int[] {1, 5, 16, 40, 100}) {
      assertThat(levels(image, size, size + 3, interpolation)).containsOnly(201);
    }
  }

  @Test
  void resizesChannelsApart() {
    Image image = TestImages.counting(3, 5, 7);
    int[] all = levels(image, 9, 4, BICUBIC);
    for (int channel = 0; channel < 3; channel++) {
      byte[] plane = Arrays.copyOfRange(image.pixels(), channel * 35, channel * 35 + 35);
      int[] alone = levels(new Image(1, 5, 7, plane), 9, 4, BICUBIC);
      assertThat(Arrays.copyOfRange(all, channel * 36, channel * 36 + 36)).isEqualTo(alone);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "375, 500, 256, 256, 341",
    "401, 300, 256, 342, 256",
    "280, 333, 256, 256, 304",
    "23, 17, 438, 592, 438",
    "50, 50, 32, 32, 32",
    "1, 3, 1, 1, 3"
  })
  void setsTheShorterSideAndTruncatesTheLonger(
      int height, int width, int side, int newHeight, int newWidth) {
    Image resized =
        new Resize(side, BILINEAR)
            .apply(new Image(1, height, width, new byte[height * width]), TestImages.none());
    assertThat(resized.height()).isEqualTo(newHeight);
    assertThat(resized.width()).isEqualTo(newWidth);
  }

  @Test
  void leavesTheRightSizeAlone() {
    Image image = TestImages.counting(1, 4, 6);
    assertThat(new Resize(4, BICUBIC).apply(image, TestImages.none())).isSameAs(image);
    assertThat(Resampler.resize(image, 4, 6, BICUBIC)).isSameAs(image);
  }

  @Test
  void refusesSizesThatAreNotPositive() {
    assertThatThrownBy(() -> new Resize(0, BICUBIC))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found 0");
  }

  private static int[] levels(Image image, int height, int width, Interpolation interpolation) {
    return TestImages.levels(Resampler.resize(image, height, width, interpolation));
  }
}
