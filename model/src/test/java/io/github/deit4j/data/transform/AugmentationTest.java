package io.github.deit4j.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.Transform;
import io.github.deit4j.data.transform.Affine.Sampling;
import io.github.deit4j.random.Philox;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AugmentationTest {
  private static Philox stream(int position) {
    return new Philox(5, 2, 0, position);
  }

  private static Image noise(int channels, int height, int width) {
    byte[] pixels = new byte[channels * height * width];
    new Random(3).nextBytes(pixels);
    return new Image(channels, height, width, pixels);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void cropsHaveTheDrawnSizes(int channels) {
    var crop = new RandomResizedCrop(16, 0.08, Interpolation.BICUBIC);
    Image image = noise(channels, 40, 70);
    for (int i = 0; i < 200; i++) {
      RandomResizedCrop.Part part = crop.draw(40, 70, stream(i));
      double area = part.height() * part.width() / (40.0 * 70);
      assertThat(area).isBetween(0.05, 1.0);
      assertThat((double) part.width() / part.height()).isBetween(0.6, 1.6);
      assertThat(part.top() + part.height()).isLessThanOrEqualTo(40);
      assertThat(part.left() + part.width()).isLessThanOrEqualTo(70);
      Image expected =
          Resampler.resize(
              image.crop(part.top(), part.left(), part.height(), part.width()),
              16,
              16,
              Interpolation.BICUBIC);
      assertThat(crop.apply(image, stream(i)).pixels()).isEqualTo(expected.pixels());
    }
  }

  @Test
  void cropsOfVeryLongImagesTakeTheMiddle() {
    var crop = new RandomResizedCrop(8, 1, Interpolation.BILINEAR);
    assertThat(crop.draw(30, 300, stream(0))).isEqualTo(new RandomResizedCrop.Part(0, 130, 30, 40));
    assertThat(crop.draw(300, 30, stream(0))).isEqualTo(new RandomResizedCrop.Part(130, 0, 40, 30));
    assertThat(crop.draw(1, 1, stream(0))).isEqualTo(new RandomResizedCrop.Part(0, 0, 1, 1));
  }

  @Test
  void largePartsMayBeDecodedSmallerButNeverTooSmall() {
    var pipeline =
        Pipeline.of(new ToChannels(3), new RandomResizedCrop(100, 0.08, Interpolation.BICUBIC));
    Set<Integer> reductions = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      int reduction = pipeline.reduction(900, 1200, stream(i));
      var part = new RandomResizedCrop(100, 0.08, Interpolation.BICUBIC).draw(900, 1200, stream(i));
      assertThat(Math.min(part.height(), part.width()) / reduction).isGreaterThanOrEqualTo(100);
      reductions.add(reduction);
    }
    assertThat(reductions).hasSizeGreaterThan(3);
    assertThat(pipeline.reduction(60, 90, stream(0))).isEqualTo(1);
    assertThat(
            Pipeline.of(new CenterCrop(5, CenterCrop.Rounding.EVEN)).reduction(900, 900, stream(0)))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void operationsWorkOnGreyAndTheSmallestImages(ImageOp op) {
    for (Image image : new Image[] {noise(1, 9, 7), noise(3, 1, 1), noise(3, 2, 5)}) {
      for (Interpolation interpolation : Interpolation.values()) {
        for (double level : new double[] {0, 5, 10}) {
          double argument = op.argument(level, -1);
          Image changed = op.apply(image, argument, Sampling.of(interpolation));
          assertThat(changed.shapeText()).isEqualTo(image.shapeText());
        }
      }
    }
  }

  @Test
  void levelZeroOfGeometryChangesNothing() {
    Image image = noise(3, 12, 17);
    for (ImageOp op :
        new ImageOp[] {ImageOp.ROTATE, ImageOp.SHEAR_X, ImageOp.SHEAR_Y, ImageOp.TRANSLATE_X_REL}) {
      for (Interpolation interpolation : Interpolation.values()) {
        Image same = op.apply(image, op.argument(0, 1), Sampling.of(interpolation));
        assertThat(same.pixels()).as("%s %s", op, interpolation).isEqualTo(image.pixels());
      }
    }
  }

  @Test
  void drawsDependOnTheStreamOnly() {
    Image image = noise(3, 20, 20);
    for (Transform transform :
        new Transform[] {
          new RandAugment(9, 0.5, 2, Interpolation.BICUBIC),
          new AutoAugment(Interpolation.BICUBIC),
          new ColorJitter(0.4)
        }) {
      Set<Integer> results = new HashSet<>();
      for (int i = 0; i < 40; i++) {
        byte[] pixels = transform.apply(image, stream(i)).pixels();
        assertThat(transform.apply(image, stream(i)).pixels()).isEqualTo(pixels);
        results.add(Arrays.hashCode(pixels));
      }
      assertThat(results).as(transform.toString()).hasSizeGreaterThan(10);
    }
    Image alone = new RandAugment(9, 0, 0, Interpolation.BICUBIC).apply(image, stream(0));
    assertThat(alone.pixels()).isEqualTo(image.pixels());
  }

  @Test
  void refusesNumbersOutOfRange() {
    assertThatThrownBy(() -> new RandAugment(11, 0, 1, Interpolation.BICUBIC))
        .hasMessageContaining("11.0");
    assertThatThrownBy(() -> new ColorJitter(-1)).hasMessageContaining("-1.0");
    assertThatThrownBy(() -> new RandomResizedCrop(8, 0, Interpolation.BICUBIC))
        .hasMessageContaining("(0, 1]");
  }
}
