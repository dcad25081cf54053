package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportCommandTest {
  private static final List<String> CLASSES = List.of("bee", "cat", "dog");

  @TempDir Path dir;
  private Path weights;
  private Path out;

  @BeforeEach
  void makeModel() throws IOException {
    weights = TinyModel.save(dir.resolve("model.safetensors"), CLASSES);
    out = dir.resolve("out");
  }

  private Cli export(String format, Object... more) {
    Object[] args = {"export", "--weights", weights, "--format", format, "--out", out};
    return Cli.run(List.of(List.of(args), List.of(more)).stream().flatMap(List::stream).toArray());
  }

  @Test
  void timmGivesTheSameFileAgain() throws IOException {
    Cli result = export("timm");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(out).hasSameBinaryContentAs(weights);
  }

  @Test
  void onnxWritesOneFile() throws IOException {
    assertThat(export("onnx").code()).isZero();
    assertThat(Files.size(out)).isGreaterThan(1000);
  }

  @Test
  void huggingFaceWritesAFolder() throws IOException {
    assertThat(export("huggingface").code()).isZero();
    JsonValue config = Json.read(out.resolve("config.json"));
    assertThat(config.get("layer_norm_eps").asDouble()).isEqualTo(1e-6);
    assertThat(config.get("model_type").asString()).isEqualTo("deit");
    assertThat(config.get("id2label").get("2").asString()).isEqualTo("dog");
    JsonValue preprocessor = Json.read(out.resolve("preprocessor_config.json"));
    assertThat(preprocessor.get("image_mean").asDoubles()).containsExactly(0.286);
    assertThat(preprocessor.get("crop_size").get("height").asInt()).isEqualTo(TinyModel.SIZE);
    assertThat(out.resolve("model.safetensors")).isRegularFile();
  }

  @Test
  void huggingFaceTouchesNoFolderInUse() throws IOException {
    Files.createDirectories(out);
    Path mine = Files.writeString(out.resolve("config.json"), "mine");
    Cli result = export("huggingface");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("expected a new or empty folder, found " + mine);
    assertThat(mine).hasContent("mine");
  }

  @Test
  void aFormatWithoutPlaceForTheModelIsAUsageError() {
    Cli result = export("torchvision");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err())
        .contains(
            "--format: expected one of timm, huggingface, onnx for the model of " + weights,
            "found torchvision: torchvision has no DeiT, only RegNetY")
        .doesNotContain("writable");
    assertThat(out).doesNotExist();
  }

  @Test
  void unknownFormatListsThoseThereAre() {
    Cli result = export("keras");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err())
        .contains("expected timm, torchvision, huggingface or onnx, found keras");
  }

  @Test
  void headsMustNotContradictTheFile() {
    Cli result = export("timm", "--heads", 2);
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.err()).contains("2 heads, as asked for", "metadata that say 1");
    assertThat(out).doesNotExist();
  }

  @Test
  void headsAreAskedForWhereTheyCannotBeInferred() throws IOException {
    weights = TinyModel.saveWithoutMetadata(dir.resolve("bare.safetensors"), 3);
    Cli refused = export("timm");
    assertThat(refused.code()).isEqualTo(65);
    assertThat(refused.err()).contains("--heads", "width 16");
    assertThat(export("timm", "--heads", 4).code()).isZero();
    assertThat(Cli.run("inspect", out, "--json").json().get("model").get("heads").asInt())
        .isEqualTo(4);
  }

  @Test
  void outputThatCannotBeWrittenIsSaid() {
    out = dir.resolve("missing/model.onnx");
    Cli result = export("onnx");
    assertThat(result.code()).isEqualTo(73);
    assertThat(result.err()).contains(out.toString());
  }
}
