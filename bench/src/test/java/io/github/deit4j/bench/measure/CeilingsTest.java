package io.github.deit4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.bench.measure.Ceilings.Ceiling;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.device.Precision;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CeilingsTest {
  private static final Effort LEAST =
      new Effort(1, Duration.ZERO, Duration.ZERO, Duration.ZERO, 2 << 20);

  private final Ceilings.Roof roof = new Ceilings.Roof(100, 20);

  @Test
  void theRoofIsTheHigherOfArithmeticAndTraffic() {
    // 1 GFLOP takes 10 ms at least, 0.1 GB 5 ms.
    assertThat(roof.shareOfRoofline(new Cost(1e9, 0.1e9), 20)).isCloseTo(0.5, within(1e-9));
    assertThat(roof.shareOfRoofline(new Cost(0.1e9, 0.1e9), 20)).isCloseTo(0.25, within(1e-9));
    assertThat(roof.shareOfRoofline(Cost.NONE, 20)).isNull();
  }

  @Test
  void shareOfPeak() {
    assertThat(roof.shareOfPeak(new Cost(85e9, 0), 1000)).isCloseTo(0.85, within(1e-9));
    assertThat(roof.shareOfPeak(Cost.NONE, 1000)).isNull();
  }

  @Test
  void eachCellHasTheRoofOfWhatComputesIt() {
    Ceilings ceilings =
        new Ceilings(
            List.of(
                new Ceiling("cpu", Ceiling.Kind.ARITHMETIC, Precision.FP32, 2, 100),
                new Ceiling("cpu", Ceiling.Kind.MEMORY, Precision.FP32, 2, 20),
                new Ceiling("cuda:0", Ceiling.Kind.ARITHMETIC, Precision.BF16, 1, 9000),
                new Ceiling("cuda:0", Ceiling.Kind.MEMORY, Precision.FP32, 1, 900)));
    assertThat(ceilings.roof(cell("peer:pytorch", Precision.FP32, 2, false))).isEqualTo(roof);
    assertThat(ceilings.roof(cell("cuda:0", Precision.BF16, 2, true)))
        .isEqualTo(new Ceilings.Roof(9000, 900));
    assertThat(ceilings.roof(cell("cpu", Precision.FP32, 1, false)).gflops()).isNaN();
  }

  private static Cell cell(String backend, Precision precision, int threads, boolean device) {
    return new Cell(
        Section.INFERENCE, backend, precision, "m", null, 8, List.of(8), threads, device);
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FP32", "BF16"})
  void ofTheHostBothAreMeasured(Precision precision) {
    List<Ceiling> found = Ceilings.ofHost(2, LEAST, precision).all();
    assertThat(found.getFirst().precision()).isEqualTo(precision);
    assertThat(found)
        .allSatisfy(each -> assertThat(each.value()).isPositive().isFinite())
        .allSatisfy(each -> assertThat(each.threads()).isEqualTo(2))
        .extracting(Ceiling::kind)
        .containsExactly(Ceiling.Kind.ARITHMETIC, Ceiling.Kind.MEMORY);
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
