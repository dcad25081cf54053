package io.github.deit4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.measure.Measurement.Round;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchTest {
  private static final Round QUIET = new Round(List.of(1.0), 99, 0.02, null);

  private final Watch.Noise noise = new Watch.Noise(100);

  @Test
  void aQuietCellHasNoReason() {
    assertThat(noise.reason(List.of(QUIET, new Round(List.of(1.0), 99, null, null)))).isNull();
  }

  @Test
  void aSlowClockAndOtherProgramsAreReasons() {
    assertThat(noise.reason(List.of(QUIET, new Round(List.of(1.0), 90, 0.0, null))))
        .isEqualTo("round 2: the clock was at 90 % of the run's best");
    assertThat(noise.reason(List.of(new Round(List.of(1.0), 100, 0.25, null))))
        .isEqualTo("round 1: other programs had 25 % of all processors' time");
  }
}
