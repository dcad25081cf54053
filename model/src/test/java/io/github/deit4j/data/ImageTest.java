package io.github.deit4j.data;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.tensor.ShapeException;
import org.junit.jupiter.api.Test;

class ImageTest {
  @Test
  void refusesAnArrayOfAnotherLength() {
    assertThatThrownBy(() -> new Image(3, 4, 5, new byte[59]))
        .isInstanceOf(ShapeException.class)
        .hasMessageContainingAll("3x4x5", "60", "59");
  }

  @Test
  void refusesDimensionsWhoseProductOverflows() {
    assertThatThrownBy(() -> new Image(1, 1 << 16, 1 << 16, new byte[0]))
        .isInstanceOf(ShapeException.class);
  }

  @Test
  void refusesAnEmptyImage() {
    assertThatThrownBy(() -> new Image(3, 0, 5, new byte[0]))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("3x0x5");
  }
}
