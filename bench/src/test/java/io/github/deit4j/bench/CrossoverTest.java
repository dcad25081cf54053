package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.SuiteReport.Crossover;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.device.Precision;
import org.junit.jupiter.api.Test;

class CrossoverTest {
  private final Findings findings = Fakes.findings(1, 100);

  private void measure(int batch, Contestant contestant, double milliseconds) {
    Trial trial = Fakes.trial(Trial.Kind.INFERENCE, batch, contestant);
    findings.add(Fakes.part(trial, contestant, Fakes.round(milliseconds)));
  }

  @Test
  void fromTheBatchOnFromWhichTheDeviceAlwaysWins() {
    double[] host = {10, 20, 40, 80};
    double[] device = {5, 25, 30, 35};
    for (int i = 0; i < host.length; i++) {
      measure(1 << i, Fakes.CPU, host[i]);
      measure(1 << i, Fakes.GPU, device[i]);
    }
    assertThat(findings.report().crossovers())
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
    assertThat(findings.report().crossovers())
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
    assertThat(findings.report().crossovers())
        .containsExactly(new Crossover(Section.INFERENCE, Fakes.TINY, null, null, "no GPU"));
  }
}
