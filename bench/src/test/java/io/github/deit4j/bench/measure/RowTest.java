package io.github.deit4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RowTest {
  private final Row row =
      new Row(
          "op",
          "cpu",
          "deit_tiny_patch16_224",
          "gelu",
          8,
          List.of(8, 197, 768),
          2,
          new Samples(List.of(2.0, 1.23456789, 3.0)),
          null,
          null,
          0.87654321,
          Map.of("part", "mlp"));

  @Test
  void hasTheAgreedKeysInOrderAndThenItsOwn() {
    assertThat(row.toJson().keySet())
        .containsExactly(
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
            "part");
  }

  @Test
  void numbersHaveSixDigits() {
    assertThat(row.toJson())
        .containsEntry("median_ms", 2.0)
        .containsEntry("best_ms", 1.23457)
        .containsEntry("peak_fraction", 0.876543)
        .containsEntry("gflops", null);
  }
}
