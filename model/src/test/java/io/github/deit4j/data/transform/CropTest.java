package io.github.deit4j.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.transform.CenterCrop.Rounding;
import io.github.deit4j.tensor.ShapeException;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CropTest {
  @ParameterizedTest
  @CsvSource({"5, 2, 2", "7, 2, 2", "9, 2, 4", "4, 2, 1", "3, 3, 0", "341, 224, 58"})
  void theMiddleRoundsHalvesToEven(int length, int size, int offset) {
    assertMiddle(Rounding.EVEN, length, size, offset);
  }

  /** The offsets are int((h - s + 1) / 2), as torchvision 0.8 has them. */
  @ParameterizedTest
  @CsvSource({"5, 2, 2", "7, 2, 3", "9, 2, 4", "4, 2, 1", "3, 3, 0", "341, 224, 59"})
  void theMiddleRoundsHalvesUp(int length, int size, int offset) {
    assertMiddle(Rounding.UP, length, size, offset);
  }

  private static void assertMiddle(Rounding rounding, int length, int size, int offset) {
    Image row = new Image(1, length, length, new byte[length * length]);
    row.pixels()[offset * length + offset] = 1;
    Image crop = new CenterCrop(size, rounding).apply(row, TestImages.none());
    assertThat(crop.shapeText()).isEqualTo("1x" + size + "x" + size);
    assertThat(crop.pixels()[0]).isEqualTo((byte) 1);
  }

  @Test
  void cutsEveryChannel() {
    Image crop =
        new CenterCrop(1, Rounding.EVEN).apply(TestImages.counting(3, 3, 3), TestImages.none());
    assertThat(TestImages.levels(crop)).containsExactly(4, 13, 22);
  }

  @Test
  void cutsBlackOutsideTheImage() {
    Image crop = TestImages.of(1, 2, 2, 1, 2, 3, 4).crop(-1, 1, 3, 3);
    assertThat(TestImages.levels(crop)).containsExactly(0, 0, 0, 2, 0, 0, 4, 0, 0);
  }

  @Test
  void aRandomCropTakesEveryPlaceWithinThePadding() {
    Image image = TestImages.of(1, 1, 1, 9);
    Set<Integer> places = new TreeSet<>();
    for (int position = 0; position < 200; position++) {
      int[] levels =
          TestImages.levels(new RandomCrop(2, 1).apply(image, TestImages.random(position)));
      for (int i = 0; i < 4; i++) {
        if (levels[i] == 9) {
          places.add(i);
        }
      }
    }
    assertThat(places).containsExactly(0, 1, 2, 3);
  }

  @Test
  void aRandomCropWithoutRoomIsTheWholeImage() {
    Image image = TestImages.counting(2, 3, 3);
    assertThat(new RandomCrop(3, 0).apply(image, TestImages.random(0)).pixels())
        .isEqualTo(image.pixels());
  }

  @Test
  void refusesAnImageThatIsTooSmall() {
    Image image = TestImages.counting(1, 4, 3);
    assertThatThrownBy(() -> new CenterCrop(4, Rounding.UP).apply(image, TestImages.none()))
        .isInstanceOf(ShapeException.class)
        .hasMessageContainingAll("center crop", "4", "1x4x3", "resize");
    assertThatThrownBy(() -> new RandomCrop(8, 2).apply(image, TestImages.random(0)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContainingAll("random crop", "padding 2");
  }
}
