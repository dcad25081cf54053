package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.cli.ExitCode;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.export.ExportFormat;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.serve.ClassifierServer;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class LoadCommandTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Quickest.bench(out, err).execute(arguments);
  }

  @Test
  void measuresAServer() throws Exception {
    Path weights = folder.resolve("model.safetensors");
    BenchmarkModels.write("fashion-mnist-convnet", ExportFormat.TIMM, weights);
    try (Backend backend = Backends.select("cpu", 2).backend();
        Classifier classifier = Classifier.load(weights, backend);
        ClassifierServer server = ClassifierServer.builder(classifier).start()) {
      for (String body : List.of("png", "tensor")) {
        out.getBuffer().setLength(0);
        int code =
            run(
                "load",
                "--url",
                server.address(),
                "--body",
                body,
                "--clients",
                "1,4",
                "--seconds",
                "1",
                "--warm-up",
                "0",
                "--json");
        assertThat(code).as(err.toString()).isZero();
        List<JsonValue> rows = Json.read("rows", out.toString()).items();
        assertThat(rows).hasSize(2);
        for (JsonValue row : rows) {
          assertThat(row.get("body").asString()).isEqualTo(body);
          assertThat(row.get("answered").asInt()).isPositive();
          assertThat(row.get("images_per_second").asDouble()).isPositive();
          assertThat(row.get("p99_ms").asDouble())
              .isGreaterThanOrEqualTo(row.get("p50_ms").asDouble());
          assertThat(row.get("failed").asInt()).isZero();
          assertThat(row.get("lost").asInt()).isZero();
        }
      }
    }
  }

  @Test
  void staysOnThisMachine() {
    assertThat(run("load", "--url", "http://192.0.2.1/")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("expected http and an address of the loopback");
  }
}
