package io.github.deit4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.measure.Ceilings.Ceiling;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Measurement.Round;
import io.github.deit4j.bench.measure.Watch.Noise;
import io.github.deit4j.device.Precision;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MeasurementTest {
  private static final Ceilings CEILINGS =
      new Ceilings(List.of(new Ceiling("cpu", Ceiling.Kind.ARITHMETIC, Precision.FP32, 2, 3)));

  private static Map<String, Object> row(double flop) {
    Cell cell =
        Contestant.CPU.cell(
            Section.OP, "deit_tiny_patch16_224", "mlp/gelu", 8, List.of(8, 197, 768), 2);
    Round round = new Round(List.of(2.0, 1.23456789, 3.0), 90, 0.0, null);
    Measurement measured =
        Measurement.of(cell, new Cost(flop, 0), List.of(round), CEILINGS, new Noise(100));
    return measured.toRow();
  }

  @Test
  void aRowHasTheAgreedKeysInOrder() {
    assertThat(row(0).keySet())
        .containsSubsequence(
            "benchmark",
            "backend",
            "model",
            "op",
            "batch",
            "shape",
            "threads",
            "median_ms",
            "best_ms",
            "gflops",
            "images_per_second",
            "peak_fraction",
            "noise");
  }

  @Test
  void numbersHaveSixDigitsAndNoiseIsTold() {
    assertThat(row(0))
        .containsEntry("median_ms", 2.0)
        .containsEntry("best_ms", 1.23457)
        .containsEntry("gflops", null)
        .containsEntry("noise", "round 1: the clock was at 90 % of the run's best");
    assertThat(row(5259258)).containsEntry("peak_fraction", 0.876543);
  }
}
