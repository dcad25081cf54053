package io.github.deit4j.bench;

import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.measure.Ceilings.Ceiling;
import io.github.deit4j.bench.measure.Ceilings.Ceiling.Kind;
import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.device.Precision;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The benchmarks with {@code --backend cuda}, on the stand-in, whose times say nothing. */
@ExtendWith(OnStandIn.class)
class CudaBenchCommandTest {
  private static List<JsonValue> rows(String... arguments) throws JsonException {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Quickest.bench(out, err).execute(arguments);
    assertThat(code).as(err::toString).isZero();
    return Json.read("rows", out.toString()).items();
  }

  private static void requireDevicesRow(JsonValue row) throws JsonException {
    assertThat(row.get("backend").asString()).isEqualTo("cuda:0");
    assertThat(row.get("median_ms").asDouble()).isPositive();
    assertThat(row.get("peak_fraction").value()).as("share of another machine's peak").isNull();
  }

  private static String[] command(String name, String... more) {
    String[] all = new String[6 + more.length];
    List.of(name, "--quick", "--json", "--model=fashion-mnist", "--batch=1", "--backend=cuda")
        .toArray(all);
    System.arraycopy(more, 0, all, 6, more.length);
    return all;
  }

  @Test
  void gemm() throws JsonException {
    List<JsonValue> rows = rows(command("gemm", "--precision=bf16"));
    assertThat(rows).hasSize(12);
    for (JsonValue row : rows) {
      requireDevicesRow(row);
      assertThat(row.get("gflops").asDouble()).isPositive();
    }
  }

  @Test
  void ops() throws JsonException {
    List<JsonValue> rows = rows(command("ops"));
    assertThat(rows).hasSizeGreaterThan(30);
    for (JsonValue row : rows) {
      requireDevicesRow(row);
      assertThat(row.get("roofline_fraction").value()).isNull();
    }
    assertThat(rows).extracting(row -> row.get("op").asString()).contains("layerNormGradients");
  }

  @Test
  void model() throws JsonException {
    List<JsonValue> rows = rows(command("model", "--mode=inference"));
    assertThat(rows).hasSize(1);
    requireDevicesRow(rows.getFirst());
    assertThat(rows.getFirst().get("images_per_second").asDouble()).isPositive();
  }

  @Test
  void breakdown() throws JsonException {
    List<JsonValue> documents = rows(command("model", "--mode=inference", "--breakdown"));
    assertThat(documents).hasSize(1);
    double sum = 0;
    for (JsonValue op : documents.getFirst().get("ops").items()) {
      sum += op.get("ms").asDouble();
      assertThat(op.get("peak_fraction").value()).isNull();
    }
    assertThat(sum).isPositive();
  }

  @Test
  void gpuAccount() throws JsonException {
    List<JsonValue> rows =
        rows(
            "gpu-account", "--model=fashion-mnist", "--batch=2", "--precision=fp32,bf16", "--json");
    assertThat(rows).hasSize(2);
    for (JsonValue row : rows) {
      assertThat(row.get("launches").asLong()).isPositive();
      assertThat(row.get("waits").asLong()).isNotNegative();
      assertThat(row.get("bytes").asLong()).isGreaterThan(row.get("least_bytes").asLong());
      assertThat(row.get("flops").asLong()).isPositive();
      assertThat(row.get("bound_images_per_second").get("H100").asLong()).isPositive();
      long launches = 0;
      for (JsonValue op : row.get("ops").items()) {
        launches += op.get("launches").asLong();
      }
      assertThat(launches).isGreaterThanOrEqualTo(row.get("launches").asLong());
    }
  }

  /** Memory and transfers depend on no precision. */
  @Test
  void ceilings() {
    assertThat(kinds(Precision.FP32)).containsExactly(Kind.values());
    assertThat(kinds(Precision.BF16)).containsExactly(Kind.ARITHMETIC);
  }

  private static List<Kind> kinds(Precision precision) {
    Contestant device = new Contestant("cuda:0", precision, true);
    List<Ceiling> found = device.ceilings(new Effort(1, ZERO, ZERO, ZERO, 1 << 12), 32);
    assertThat(found)
        .allSatisfy(each -> assertThat(each.value()).isPositive())
        .allSatisfy(each -> assertThat(each.backend()).isEqualTo("cuda:0"))
        .allSatisfy(each -> assertThat(each.precision()).isEqualTo(precision));
    return found.stream().map(Ceiling::kind).toList();
  }
}
