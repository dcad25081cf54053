package io.github.deit4j.golden;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AssertCloseTest {
  @Test
  void acceptsErrorsUpToTheTolerance() {
    Golden.assertClose("t", new float[] {1.5f, -2f}, new float[] {1f, -4f}, 0.5, 0.5);
  }

  @Test
  void namesTheLargestErrorAndItsIndex() {
    assertThatThrownBy(() -> Golden.assertClose("t", new float[] {1, 2, 5, 4}, new float[4], 1, 0))
        .hasMessageContainingAll("t: 3 of 4", "5.0 at index 2", "expected 0.0, got 5.0");
  }

  @Test
  void refusesNanWhateverTheTolerance() {
    assertThatThrownBy(
            () -> Golden.assertClose("t", new float[] {9, Float.NaN}, new float[2], 1e9, 0))
        .hasMessageContaining("at index 1");
    assertThatThrownBy(() -> Golden.assertClose("t", 0, Double.NaN, 1e9, 0))
        .hasMessageContaining("at index 0");
  }

  @Test
  void refusesAnotherLength() {
    assertThatThrownBy(() -> Golden.assertClose("t", new float[2], new float[3], 1, 1))
        .hasMessageContaining("number of elements");
  }
}
