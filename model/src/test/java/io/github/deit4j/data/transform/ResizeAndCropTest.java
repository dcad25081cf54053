package io.github.deit4j.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.transform.CenterCrop.Rounding;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ResizeAndCropTest {
  private static final int SIZES = 200;

  /** Whatever is left out, the pixels are those of one transform after the other. */
  @Test
  void hasThePixelsOfBoth() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < SIZES; i++) {
      int channels = random.nextBoolean() ? 1 : 3;
      int height = 1 + random.nextInt(70);
      int width = 1 + random.nextInt(70);
      byte[] pixels = new byte[channels * height * width];
      random.nextBytes(pixels);
      Image image = new Image(channels, height, width, pixels);
      // As it is, only one side resized, both: all passes are left out at some time.
      int side = random.nextBoolean() ? Math.min(height, width) : 1 + random.nextInt(50);
      Resize resize = new Resize(side, pick(Interpolation.values(), random));
      CenterCrop crop = new CenterCrop(1 + random.nextInt(side), pick(Rounding.values(), random));
      Image expected = crop.apply(resize.apply(image, TestImages.none()), TestImages.none());

      Image found = new ResizeAndCrop(resize, crop).apply(image, TestImages.none());

      assertThat(found.shapeText()).isEqualTo(expected.shapeText());
      assertThat(found.pixels())
          .as("%s of %d × %d, %s, seed %d", resize, height, width, crop, seed)
          .isEqualTo(expected.pixels());
    }
  }

  private static <T> T pick(T[] values, Random random) {
    return values[random.nextInt(values.length)];
  }

  @Test
  void refusesALargerSquareThanThereWillBe() {
    assertThatThrownBy(
            () ->
                new ResizeAndCrop(
                    new Resize(8, Interpolation.BILINEAR), new CenterCrop(9, Rounding.UP)))
        .hasMessageContaining("found 8 and 9");
  }
}
