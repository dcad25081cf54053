package io.github.deit4j.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.Image;
import io.github.deit4j.tensor.ShapeException;
import org.junit.jupiter.api.Test;

class ColourTest {
  @Test
  void greyBecomesThreeEqualChannels() {
    Image rgb = new ToChannels(3).apply(TestImages.of(1, 1, 2, 7, 200), TestImages.none());
    assertThat(rgb.shapeText()).isEqualTo("3x1x2");
    assertThat(TestImages.levels(rgb)).containsExactly(7, 200, 7, 200, 7, 200);
    assertThat(new ToChannels(3).apply(rgb, TestImages.none())).isSameAs(rgb);
  }

  @Test
  void colourBecomesItsLuma() {
    Image rgb = TestImages.of(3, 1, 5, 255, 0, 0, 255, 90, 0, 255, 0, 255, 91, 0, 0, 255, 255, 92);
    Image grey = new ToChannels(1).apply(rgb, TestImages.none());
    assertThat(TestImages.levels(grey)).containsExactly(76, 150, 29, 255, 91);
    assertThat(new ToChannels(1).apply(grey, TestImages.none())).isSameAs(grey);
  }

  @Test
  void refusesOtherChannels() {
    Image two = TestImages.counting(2, 1, 1);
    assertThatThrownBy(() -> new ToChannels(3).apply(two, TestImages.none()))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("2x1x1");
    assertThatThrownBy(() -> new ToChannels(1).apply(two, TestImages.none()))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("2x1x1");
  }
}
