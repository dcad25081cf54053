package io.github.deit4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AxisTest {
  @Test
  void ticksAreRound() {
    assertThat(LinearAxis.over(0, 937, 6).ticks())
        .containsExactly(0.0, 200.0, 400.0, 600.0, 800.0, 1000.0);
    assertThat(LinearAxis.over(-0.3, 2.2, 5).ticks())
        .containsExactly(-0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5);
  }

  @Test
  void aSingleValueHasAnAxis() {
    for (double value : new double[] {0, 1, -3, 1e-12, 1e300}) {
      LinearAxis axis = LinearAxis.over(value, value, 5);
      assertThat(axis.min()).isLessThan(axis.max());
      assertThat(axis.position(value)).isBetween(0.0, 1.0);
    }
  }

  @Test
  void everyRangeIsTakenInWithAFewTicks() {
    long seed = System.nanoTime();
    System.out.println("AxisTest seed " + seed);
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 1000; i++) {
      double low = random.nextDouble(-1, 1) * Math.pow(10, random.nextInt(-6, 7));
      double high = low + random.nextDouble() * Math.pow(10, random.nextInt(-3, 7));
      LinearAxis axis = LinearAxis.over(low, high, 5);
      assertThat(axis.position(low)).isBetween(-1e-6, 1.0);
      assertThat(axis.position(high)).isBetween(0.0, 1 + 1e-6);
      assertThat(axis.ticks()).hasSizeBetween(2, 8);
      assertThat(axis.ticks().getLast()).isCloseTo(axis.max(), within(axis.distance() / 1000));
    }
  }
}
