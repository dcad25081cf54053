package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.cases.InputPath;
import io.github.deit4j.cli.CommandProvider;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class BenchCommandTest {
  private static final String[] KEYS = {
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
    "peak_fraction"
  };

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Quickest.bench(out, err).execute(arguments);
  }

  private List<Map<String, Object>> rows(String... arguments) throws JsonException {
    assertThat(run(arguments)).as(() -> err.toString()).isZero();
    List<Map<String, Object>> rows = new ArrayList<>();
    for (JsonValue row : Json.read("rows", out.toString()).items()) {
      assertThat(row.keys()).contains(KEYS);
      Map<String, Object> copy = new LinkedHashMap<>();
      ((Map<?, ?>) row.value()).forEach((key, value) -> copy.put((String) key, value));
      rows.add(copy);
    }
    return rows;
  }

  @Test
  void theProgramFindsTheCommand() {
    assertThat(ServiceLoader.load(CommandProvider.class))
        .anySatisfy(p -> assertThat(p.command()).isInstanceOf(BenchCommands.class));
  }

  @Test
  void dataTellsImagesPerSecondOfEveryWay() throws JsonException {
    List<Map<String, Object>> rows = rows("data", "--quick", "--json");
    assertThat(rows)
        .extracting(row -> row.get("op"))
        .containsExactlyElementsOf(
            Stream.of(InputPath.Way.values())
                .filter(InputPath.Way::isAvailable)
                .map(InputPath.Way::id)
                .toList());
    for (Map<String, Object> row : rows) {
      assertThat(row.get("benchmark")).isEqualTo("data");
      assertThat(row.get("threads")).isEqualTo(1L);
      assertThat(row.get("batch")).isIn(2L, 16L);
      assertThat((double) row.get("images_per_second")).isPositive();
    }
    // 341 x 256 pixels of three colours against 224 x 224.
    assertThat(rows.getFirst().get("bytes")).isEqualTo(2.0 * 224 * 224 * 3);
    assertThat(rows.get(rows.size() - 2).get("bytes")).isEqualTo(16.0 * 341 * 256 * 3);
  }

  @Test
  void gemmComparesEveryProductOnce() throws JsonException {
    List<Map<String, Object>> rows =
        rows(
            "gemm",
            "--quick",
            "--model",
            "fashion-mnist",
            "--batch",
            "1",
            "--threads",
            "2",
            "--json");
    assertThat(rows).hasSize(12 + 4);
    for (Map<String, Object> row : rows) {
      assertThat(row.get("benchmark")).isEqualTo("gemm");
      assertThat(row.get("threads")).isEqualTo(2L);
      assertThat(row.containsKey("ratio_to_openblas")).isNotEqualTo(row.get("prepacked"));
    }
    assertThat(err.toString()).contains("load average", "ceiling", "OpenBLAS");
  }

  @Test
  void opsHaveRatesAndTheRoofline() throws JsonException {
    List<Map<String, Object>> rows =
        rows("ops", "--quick", "--model", "fashion-mnist", "--batch", "1", "--json");
    for (Map<String, Object> row : rows) {
      assertThat(row.containsKey("part")).isTrue();
      assertThat(row.containsKey("gigabytes_per_second")).isTrue();
      assertThat(row.containsKey("roofline_fraction")).isTrue();
    }
    assertThat(rows)
        .extracting(row -> row.get("op"))
        .contains("linear", "linearParameterGradients", "attentionBackward", "gelu", "adamW");
  }

  @Test
  void backendsOfAModelTakeTurns() throws JsonException {
    List<Map<String, Object>> rows =
        rows(
            "model",
            "--quick",
            "--model=fashion-mnist",
            "--batch=1",
            "--mode=inference",
            "--backend=cpu,openblas",
            "--json");
    assertThat(rows).extracting(row -> row.get("backend")).containsExactly("cpu", "openblas");
    Map<String, Object> row = rows.getFirst();
    assertThat(row.get("benchmark")).isEqualTo("inference");
    assertThat((Double) row.get("images_per_second") * (Double) row.get("median_ms"))
        .isCloseTo(1000, Percentage.withPercentage(0.1));
  }

  @Test
  void regNetYsTrainToo() throws JsonException {
    List<Map<String, Object>> rows =
        rows(
            "model",
            "--quick",
            "--model=fashion-mnist-convnet",
            "--batch=2",
            "--mode=train_step",
            "--json");
    assertThat(rows)
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.get("benchmark")).isEqualTo("train_step");
              assertThat(row.get("model")).isEqualTo("fashion-mnist-convnet");
              assertThat((Double) row.get("gflops")).isPositive();
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "gemm --batch 0",
        "ops --threads -1",
        "ops --model regnety_002",
        "model --model huge",
        "model --mode train",
        "gemm --backend auto",
        "model --backend gpu",
        "model --precision fp8"
      })
  void nonsenseIsAUsageError(String line) {
    String[] arguments = line.isEmpty() ? new String[0] : line.split(" ", -1);
    assertThat(run(arguments)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("expected");
    assertThat(out.toString()).isEmpty();
  }
}
