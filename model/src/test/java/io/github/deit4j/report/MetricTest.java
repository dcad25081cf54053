package io.github.deit4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricTest {
  @ParameterizedTest
  @CsvSource({
    "loss, 0.345678, 0.34568",
    "loss, 0, 0",
    "loss, -2.5, -2.5",
    "loss, 1234567, 1234567",
    "loss, 1234567.8, 1234600",
    "lr, 0.00001, 1e-05",
    "lr, 0.000125, 1.25e-04",
    "top1, 0.87654, 87.65 %",
    "top5, 1, 100.00 %"
  })
  void formats(String metric, double value, String text) {
    assertThat(Metric.format(metric, value)).isEqualTo(text);
  }
}
