package io.github.deit4j.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class NormalizeTest {
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
