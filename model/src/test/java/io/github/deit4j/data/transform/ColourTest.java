package io.github.deit4j.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.Image;
import io.github.deit4j.tensor.ShapeException;
import org.junit.jupiter.api.Test;

class ColourTest {
  @Test
  void greyBecomesThreeEqualChannels() {
    Image rgb = new ToRgb().apply(TestImages.of(1, 1, 2, 7, 200), TestImages.none());
    assertThat(rgb.shapeText()).isEqualTo("3x1x2");
    assertThat(TestImages.levels(rgb)).containsExactly(7, 200, 7, 200, 7, 200);
    assertThat(new ToRgb().apply(rgb, TestImages.none())).isSameAs(rgb);
  }

  @Test
  void colourBecomesItsLuma() {
    Image rgb = TestImages.of(3, 1, 5, 255, 0, 0, 255, 90, 0, 255, 0, 255, 91, 0, 0, 255, 255, 92);
    Image grey = new ToGrey().apply(rgb, TestImages.none());
    assertThat(TestImages.levels(grey)).containsExactly(76, 150, 29, 255, 91);
    assertThat(new ToGrey().apply(grey, TestImages.none())).isSameAs(grey);
  }

  @Test
  void refusesOtherChannels() {
    Image two = TestImages.counting(2, 1, 1);
    assertThatThrownBy(() -> new ToRgb().apply(two, TestImages.none()))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("2x1x1");
    assertThatThrownBy(() -> new ToGrey().apply(two, TestImages.none()))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("2x1x1");
  }
}
