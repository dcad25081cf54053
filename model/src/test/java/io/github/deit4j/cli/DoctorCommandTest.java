package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.set.IdxFiles;
import io.github.deit4j.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorCommandTest {
  @TempDir Path dir;

  private Map<String, String> environment() {
    return Map.of("HOME", dir.resolve("home").toString(), "DEIT4J_DATA", dir.toString());
  }

  @Test
  void tellsOfTheMachine() throws IOException {
    Cli result = Cli.runIn(environment(), "doctor", "--json");
    assertThat(result.code()).isZero();
    assertThat(result.err()).isEmpty();
    JsonValue json = result.json();
    assertThat(json.get("java").asString()).contains(System.getProperty("java.runtime.version"));
    assertThat(json.get("processors").asString())
        .isEqualTo("" + Runtime.getRuntime().availableProcessors());
    assertThat(json.get("backend").asString()).contains("cpu", "kernels");
    assertThat(json.get("openblas").asString()).contains("OpenBLAS");
    assertThat(json.get("cuda-driver").asString())
        .containsAnyOf("could not be loaded", "loaded from", "sees no device");
    assertThat(json.get("memory").asString()).endsWith("GiB");
    assertThat(json.get("cache").asString())
        .isEqualTo(dir.resolve("home/.cache/deit4j") + ", writable");
    assertThat(json.get("advice").has("cache")).isFalse();
  }

  @Test
  void findsDataSetsAndNoticesWrongFiles() throws IOException {
    Path idx = Files.createDirectories(dir.resolve("fashion-mnist"));
    Files.write(idx.resolve("t10k-labels-idx1-ubyte"), IdxFiles.counting(1));
    Path empty = Files.createDirectories(dir.resolve("cifar10"));
    Files.writeString(empty.resolve("readme.txt"), "");
    JsonValue json = Cli.runIn(environment(), "doctor", "--json").json();
    assertThat(json.get("data-fashion-mnist").asString()).isEqualTo(idx.toString());
    assertThat(json.get("advice").has("data-fashion-mnist")).isFalse();
    assertThat(json.get("data-cifar10").asString()).isEqualTo(empty.toString());
    assertThat(json.get("advice").get("data-cifar10").asString()).contains("lacks");
  }

  @Test
  void saysWhatToDoAboutACacheThatCannotBeWritten() throws IOException {
    Files.createFile(dir.resolve("home"));
    Cli result = Cli.runIn(environment(), "doctor");
    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("not writable", "! make " + dir.resolve("home"));
  }
}
