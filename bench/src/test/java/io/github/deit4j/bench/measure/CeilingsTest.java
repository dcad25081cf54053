package io.github.deit4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CeilingsTest {
  private static final Effort LEAST =
      new Effort(1, Duration.ZERO, Duration.ZERO, Duration.ZERO, 2 << 20);

  private final Ceilings ceilings = new Ceilings(1, 100, 20, 10);

  @Test
  void theRoofIsTheHigherOfArithmeticAndTraffic() {
    // 1 GFLOP takes 10 ms at least, 0.1 GB 5 ms.
    assertThat(ceilings.shareOfRoofline(new Cost(1e9, 0.1e9), 20)).isCloseTo(0.5, within(1e-9));
    assertThat(ceilings.shareOfRoofline(new Cost(0.1e9, 0.1e9), 20)).isCloseTo(0.25, within(1e-9));
    assertThat(ceilings.shareOfRoofline(Cost.NONE, 20)).isNull();
  }

  @Test
  void shareOfPeak() {
    assertThat(ceilings.shareOfPeak(85)).isEqualTo(0.85);
  }

  @Test
  void bandwidthIsTheBetterLoop() {
    assertThat(ceilings.bandwidth()).isEqualTo(20);
    assertThat(new Ceilings(1, 100, 20, 30).bandwidth()).isEqualTo(30);
  }

  @Test
  void bothAreMeasured() {
    Ceilings measured = Ceilings.measure(2, LEAST);
    assertThat(measured.threads()).isEqualTo(2);
    assertThat(measured.gflops()).isPositive().isFinite();
    assertThat(measured.copy()).isPositive().isFinite();
    assertThat(measured.triad()).isPositive().isFinite();
  }

  @Test
  void ratesOfACost() {
    Cost cost = new Cost(3e9, 0).plus(new Cost(1e9, 2e9));
    assertThat(cost.gflops(100)).isCloseTo(40, within(1e-9));
    assertThat(cost.gigabytesPerSecond(100)).isCloseTo(20, within(1e-9));
    assertThat(Cost.NONE.gflops(100)).isNull();
    assertThat(Cost.NONE.gigabytesPerSecond(100)).isNull();
  }
}
