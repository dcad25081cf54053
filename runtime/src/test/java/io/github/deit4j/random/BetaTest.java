package io.github.deit4j.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BetaTest {
  private static final int DRAWS = 20_000;

  private static double[] draws(double alpha) {
    var random = new Philox(11, 4, 0, 0);
    double[] draws = new double[DRAWS];
    Arrays.setAll(draws, i -> random.nextBeta(alpha));
    return draws;
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-3, 0.2, 0.8, 1, 1.5, 40})
  void hasTheMeanAndVarianceOfTheDistribution(double alpha) {
    double sum = 0;
    double squares = 0;
    for (double draw : draws(alpha)) {
      assertThat(draw).isBetween(0.0, 1.0);
      sum += draw;
      squares += (draw - 0.5) * (draw - 0.5);
    }
    double variance = 1 / (4 * (2 * alpha + 1));
    assertThat(sum / DRAWS).isCloseTo(0.5, within(5 * Math.sqrt(variance / DRAWS)));
    // The squares lie in [0, 1/4], so their variance is at most a quarter of their mean.
    assertThat(squares / DRAWS).isCloseTo(variance, within(5 * Math.sqrt(variance / 4 / DRAWS)));
  }

  @Test
  void isEvenForAlphaOne() {
    double[] draws = draws(1);
    Arrays.sort(draws);
    double largest = 0;
    for (int i = 0; i < DRAWS; i++) {
      largest = Math.max(largest, Math.abs(draws[i] - (i + 0.5) / DRAWS));
    }
    // Kolmogorov and Smirnov's distance, far beyond what one in a million reaches.
    assertThat(largest).isLessThan(3 / Math.sqrt(DRAWS));
  }

  @Test
  void refusesAnAlphaThatIsNotPositive() {
    assertThatThrownBy(() -> new Philox(0, 0, 0, 0).nextBeta(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("alpha");
  }
}
