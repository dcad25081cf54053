package io.github.deit4j.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NormalizeTest {
  @Test
  void refusesSenselessNumbers() {
    assertThatThrownBy(() -> new Normalize(List.of(0f), List.of(0f)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("positive");
    assertThatThrownBy(() -> new Normalize(List.of(0f, 1f), List.of(1f)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 and 1");
  }

  @Test
  void isAValue() {
    List<Float> mean = new ArrayList<>(List.of(0.5f));
    var normalize = new Normalize(mean, List.of(1f));
    mean.set(0, 7f);
    assertThat(normalize).isEqualTo(new Normalize(List.of(0.5f), List.of(1f)));
    assertThat(normalize).isNotEqualTo(new Normalize(List.of(0.5f), List.of(2f)));
    assertThat(normalize.means()).containsExactly(0.5f);
    assertThat(normalize.deviations()).containsExactly(1);
  }
}
