package io.github.deit4j.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.device.Precision;
import java.util.List;
import org.junit.jupiter.api.Test;

class CrossoversTest {
  private final Results results = new Results(Fakes.environment("b"), Fakes.settings(1, 100));

  private void measure(int batch, Contestant contestant, double milliseconds) {
    Trial trial = Fakes.trial(Trial.Kind.INFERENCE, batch, contestant);
    results.add(
        TrialResult.of(
            List.of(Fakes.cell(trial, contestant, Fakes.round(milliseconds))), List.of()));
  }

  @Test
  void fromTheBatchOnFromWhichTheDeviceAlwaysWins() {
    double[] host = {10, 20, 40, 80};
    double[] device = {5, 25, 30, 35};
    for (int i = 0; i < host.length; i++) {
      measure(1 << i, Fakes.CPU, host[i]);
      measure(1 << i, Fakes.GPU, device[i]);
    }
    assertThat(results.report().crossovers())
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.precision()).isEqualTo(Precision.BF16);
              assertThat(each.fromBatch()).as("batch 1 is a win too, but 2 is not").isEqualTo(4);
              assertThat(each.explanation()).contains("133.3", "100.0");
            });
  }

  @Test
  void aDeviceMayNeverWin() {
    measure(1, Fakes.CPU, 1);
    measure(1, Fakes.GPU, 2);
    assertThat(results.report().crossovers())
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.fromBatch()).isNull();
              assertThat(each.explanation()).startsWith("never");
            });
  }

  @Test
  void withoutADeviceThereIsNone() {
    measure(1, Fakes.CPU, 1);
    assertThat(results.report().crossovers())
        .containsExactly(new Crossover(Section.INFERENCE, Fakes.TINY, null, null, "no GPU"));
  }
}
