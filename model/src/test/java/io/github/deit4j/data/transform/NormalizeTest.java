package io.github.deit4j.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.Image;
import io.github.deit4j.tensor.ShapeException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class NormalizeTest {
  @Test
  void dividesSubtractsAndDividesInFloat() {
    Image image = Images.of(3, 1, 2, 0, 255, 51, 1, 254, 128);
    assertThat(Normalize.IMAGENET.apply(image))
        .containsExactly(
            (0 / 255f - 0.485f) / 0.229f,
            (255 / 255f - 0.485f) / 0.229f,
            (51 / 255f - 0.456f) / 0.224f,
            (1 / 255f - 0.456f) / 0.224f,
            (254 / 255f - 0.406f) / 0.225f,
            (128 / 255f - 0.406f) / 0.225f);
  }

  @Test
  void writesOneImageOfABatchIntoMemory() {
    byte[] batch = {9, 9, 0, (byte) 255};
    try (var arena = Arena.ofConfined()) {
      var out = arena.allocate(ValueLayout.JAVA_FLOAT, 5);
      new Normalize(new float[] {0.5f}, new float[] {0.25f}).apply(batch, 2, 2, out, 1);
      assertThat(out.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(0, -2, 2, 0, 0);
    }
  }

  @Test
  void refusesAnImageOfOtherChannels() {
    assertThatThrownBy(() -> Normalize.FASHION_MNIST.apply(Images.counting(3, 1, 1)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContainingAll("1 channels", "3x1x1");
  }

  @Test
  void refusesSenselessNumbers() {
    assertThatThrownBy(() -> new Normalize(new float[] {0}, new float[] {0}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("positive");
    assertThatThrownBy(() -> new Normalize(new float[] {0, 1}, new float[] {1}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 and 1");
  }

  @Test
  void isAValue() {
    float[] mean = {0.5f};
    var normalize = new Normalize(mean, new float[] {1});
    mean[0] = 7;
    assertThat(normalize).isEqualTo(new Normalize(new float[] {0.5f}, new float[] {1}));
    assertThat(normalize).isNotEqualTo(new Normalize(new float[] {0.5f}, new float[] {2}));
  }
}
