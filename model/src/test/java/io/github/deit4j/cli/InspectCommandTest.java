package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.json.JsonValue;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.run.Environment;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
  private static final List<String> CLASSES = List.of("bee", "cat", "dog");

  @TempDir Path dir;

  @Test
  void tellsAllOfAModelAsJson() throws IOException {
    Path file = TinyModel.save(dir.resolve("w"), CLASSES);
    Cli result = Cli.run("inspect", file, "--json");
    assertThat(result.code()).isZero();
    assertThat(result.err()).isEmpty();
    JsonValue json = result.json();
    assertThat(json.get("bytes").asLong()).isEqualTo(Files.size(file));
    assertThat(json.get("parameters").asLong())
        .isEqualTo(TinyModel.config(1, 3, true).parameterCount());
    assertThat(json.get("model").get("image-size").asInt()).isEqualTo(TinyModel.SIZE);
    assertThat(json.get("model").get("distilled").asBoolean()).isTrue();
    assertThat(json.get("classes").asStrings()).isEqualTo(CLASSES);
    assertThat(json.get("preprocessing").get("mean").asDoubles()).containsExactly(0.286);
    assertThat(json.get("metadata").get("model.width").asString()).isEqualTo("16");
    JsonValue first = json.get("tensors").items().getFirst();
    assertThat(first.get("name").asString()).isEqualTo("cls_token");
    assertThat(first.get("dtype").asString()).isEqualTo("F32");
    assertThat(first.get("shape").asInts()).containsExactly(1, 1, 16);
    assertThat(first.get("nan").asInt()).isZero();
  }

  @Test
  void printsAllOfAModel() throws IOException {
    Cli result = Cli.run("inspect", TinyModel.save(dir.resolve("w"), CLASSES));
    assertThat(result.code()).isZero();
    assertThat(result.out())
        .contains(
            "image-size 8, mlp-width 16, patch-size 4", "bee, cat, dog", "interpolation bilinear")
        .containsPattern("head_dist\\.weight +F32 +\\[3, 16]\n")
        .doesNotContain("not finite");
  }

  @Test
  void countsNumbersThatAreNotFinite() throws IOException {
    Path nan = TinyModel.saveWith(dir.resolve("nan"), CLASSES, "pos_embed", Float.NaN);
    assertThat(Cli.run("inspect", nan).out())
        .containsPattern("pos_embed .*1 NaN, 0 infinite")
        .contains("1 tensors hold numbers that are not finite");
    Path infinite =
        TinyModel.saveWith(dir.resolve("inf"), CLASSES, "head.bias", Float.NEGATIVE_INFINITY);
    for (JsonValue tensor : Cli.run("inspect", "--json", infinite).json().get("tensors").items()) {
      assertThat(tensor.get("infinite").asInt())
          .isEqualTo(tensor.get("name").asString().equals("head.bias") ? 1 : 0);
    }
  }

  @Test
  void otherTensorsAreNoModel() throws IOException {
    Path file = dir.resolve("other");
    SafetensorsWriter.write(
        file,
        Map.of("note", "hello"),
        List.of(SafetensorsWriter.Entry.of("x", Shape.of(2), new float[] {1, 2})));
    Cli result = Cli.run("inspect", file, "--json");
    assertThat(result.code()).isZero();
    assertThat(result.json().has("model")).isFalse();
    assertThat(result.json().get("no-model").asString()).contains("patch_embed.proj.weight");
    assertThat(result.json().get("parameters").asInt()).isEqualTo(2);
    assertThat(Cli.run("inspect", file).out()).contains("no model", "metadata note: hello");
  }

  @Test
  void refusesWhatItDoesNotKnow() throws IOException {
    Path image = TinyModel.png(dir.resolve("images/a.png"), 3, 3, 1);
    assertThat(Cli.run("inspect", image).code()).isEqualTo(65);
    Cli folder = Cli.run("inspect", image.getParent());
    assertThat(folder.code()).isEqualTo(65);
    assertThat(folder.err()).contains("a folder without recipe.yaml");
    assertThat(Cli.run("inspect", dir.resolve("none")).err()).contains("found none");
  }

  @Test
  void tellsHowFarARunIs() throws IOException {
    Path folder = dir.resolve("run");
    Recipe recipe = Recipe.load("fashion-mnist", List.of());
    Environment environment = new Environment("1", "cpu", 1, List.of(), Map.of());
    try (RunFolder run = RunFolder.create(folder, recipe, environment)) {
      JsonValue begun = Cli.run("inspect", folder, "--json").json();
      assertThat(begun.get("recipe").asString()).isEqualTo("fashion-mnist");
      assertThat(begun.has("checkpoint")).isFalse();
      assertThat(begun.has("metrics")).isFalse();

      run.log(1, Map.of("loss", 2.5));
      run.log(2, Map.of("loss", 2.25));
      Files.createDirectories(folder.resolve("checkpoints/step-2"));
      Files.writeString(folder.resolve("latest"), "step-2\n");
      run.writeResults(Map.of("class", Map.of("top1", 0.5)));
      Path metrics = folder.resolve(RunFolder.METRICS);
      Files.writeString(metrics, "{\"step\":3,\"lo", StandardOpenOption.APPEND);
    }
    JsonValue json = Cli.run("inspect", folder, "--json").json();
    assertThat(json.get("checkpoint").asString()).isEqualTo("step-2");
    assertThat(json.get("metrics").get("loss").asDouble()).as("a whole line").isEqualTo(2.25);
    assertThat(json.get("results").get("class").get("top1").asDouble()).isEqualTo(0.5);
    assertThat(Cli.run("inspect", folder).out())
        .contains(
            "run of recipe fashion-mnist", "checkpoint: step-2", "{\"step\":2,\"loss\":2.25}");
  }
}
