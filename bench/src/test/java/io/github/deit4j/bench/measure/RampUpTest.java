package io.github.deit4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RampUpTest {
  private static RampUp of(double... milliseconds) {
    List<RampUp.Run> runs = new ArrayList<>();
    double start = 1;
    for (double time : milliseconds) {
      runs.add(new RampUp.Run(start, time));
      start += time / 1000;
    }
    return new RampUp(runs);
  }

  @Test
  void fullSpeedBeginsWithThreeFastRunsInARow() {
    RampUp rampUp = of(5000, 1000, 2000, 1050, 1000, 1000, 1000, 980);
    assertThat(rampUp.steadyMilliseconds()).isEqualTo(1000);
    assertThat(rampUp.secondsToFullSpeed()).hasValue(9);
  }

  @Test
  void workThatNeverSettlesHasNoFullSpeed() {
    assertThat(of(100, 200, 100, 200, 100, 200).secondsToFullSpeed()).isEmpty();
  }

  @Test
  void runsAtLeastOnceAndCountsFromTheStartOfTheProcess() {
    int[] count = new int[1];
    RampUp rampUp = RampUp.of(() -> count[0]++, 0);
    assertThat(rampUp.runs()).hasSize(count[0]).isNotEmpty();
    assertThat(rampUp.runs().getFirst().start()).isPositive();
  }
}
