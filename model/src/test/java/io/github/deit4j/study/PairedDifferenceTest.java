package io.github.deit4j.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PairedDifferenceTest {
  @Test
  void whatSeedsHaveInCommonDropsOut() {
    var difference =
        PairedDifference.of(
            Map.of(0L, 0.9, 1L, 0.5, 2L, 0.7), Map.of(0L, 0.88, 1L, 0.48, 2L, 0.68));
    assertThat(difference.seeds()).isEqualTo(3);
    assertThat(difference.mean()).isCloseTo(0.02, within(1e-12));
    assertThat(difference.halfWidth()).isCloseTo(0, within(1e-12));
  }

  /** Differences 1, 2, 3, 4, 6: mean 3.2, deviation 1.923538, t(4) = 2.776. */
  @Test
  void theIntervalIsStudents() {
    var difference =
        PairedDifference.of(
            Map.of(0L, 1.0, 1L, 2.0, 2L, 3.0, 3L, 4.0, 4L, 6.0, 9L, 1e9),
            Map.of(0L, 0.0, 1L, 0.0, 2L, 0.0, 3L, 0.0, 4L, 0.0, 8L, 1e9));
    assertThat(difference.seeds()).isEqualTo(5);
    assertThat(difference.mean()).isCloseTo(3.2, within(1e-12));
    assertThat(difference.halfWidth()).isCloseTo(2.776 * 1.923538 / Math.sqrt(5), within(1e-5));
  }

  @Test
  void oneSeedSaysNothingOfTheSpread() {
    assertThat(PairedDifference.of(Map.of(0L, 1.0), Map.of(0L, 0.0)).halfWidth()).isNaN();
  }
}
