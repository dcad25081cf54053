package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyCommandTest {
  @TempDir static Path folder;

  private static Path data;

  @BeforeAll
  static void writeData() throws IOException {
    data = folder.resolve("data");
    TinyFashionMnist.write(data, 28, 80, 30);
  }

  private static Cli study(Path out, String... options) {
    List<Object> command = new ArrayList<>(List.of("study", "--recipe", "fashion-mnist"));
    command.addAll(List.of("--data", data, "--out", out, "--backend", "cpu"));
    command.addAll(List.of("--set", "train-images=0", "--set", "epochs=1"));
    command.addAll(List.of("--set", "crop-padding=0", "--set", "depth=2"));
    command.addAll(List.of(options));
    return Cli.run(command.toArray());
  }

  @Test
  void comparesAllMethodsAndKeepsWhatIsDone() throws IOException {
    Path out = folder.resolve("all");
    Cli result = study(out, "--seed", "3");
    assertThat(result.code()).as(result.err()).isZero();
    JsonValue json = Json.read(out.resolve("study-fashion-mnist.json"));
    List<String> found = new ArrayList<>();
    for (JsonValue row : json.get("rows").items()) {
      assertThat(row.keys())
          .containsExactly("method", "token", "head", "teacher", "seed", "top1", "weights_sha256");
      assertThat(row.get("seed").asLong()).isEqualTo(3);
      assertThat(row.get("top1").asDouble()).isBetween(0.0, 1.0);
      found.add(
          "%s %s %s %s"
              .formatted(
                  row.get("method").asString(),
                  row.get("token").asBoolean(),
                  row.get("head").asString(),
                  row.get("teacher").value()));
    }
    assertThat(found)
        .containsExactly(
            "none false class null",
            "soft false class regnety",
            "hard false class regnety",
            "hard true class regnety",
            "hard true distillation regnety",
            "hard true joint regnety",
            "second-class-token true class null",
            "second-class-token true distillation null",
            "second-class-token true joint null",
            "hard true class deit",
            "hard true distillation deit",
            "hard true joint deit");
    assertThat(json.get("rows").items().getFirst().get("weights_sha256").asString())
        .isEqualTo(Sha256.of(out.resolve("seed-3/none/model.safetensors")));
    assertThat(json.get("cosine").get("hard-token").keys())
        .containsExactly("tokens", "embeddings", "blocks.0", "blocks.1", "norm");
    assertThat(out.resolve("study-fashion-mnist.md"))
        .content()
        .contains("## Methods", "## Teachers", "## Cosine", "## Disagreement", "(paper 0.171)");
    assertThat(out.resolve("study-fashion-mnist.html"))
        .content()
        .contains("<figure class=\"plot\"", "new uPlot(", "Disagreement");

    Path weights = out.resolve("seed-3/soft/model.safetensors");
    FileTime written = Files.getLastModifiedTime(weights);
    Cli again = study(out, "--seed", "3");
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(again.err()).doesNotContain("training");
    assertThat(Files.getLastModifiedTime(weights)).isEqualTo(written);
    assertOneMethodAloneGivesTheSameWeights(weights);
  }

  private static void assertOneMethodAloneGivesTheSameWeights(Path weights) {
    Path out = folder.resolve("alone");
    Cli result = study(out, "--seed", "3", "--only", "soft");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(out.resolve("seed-3/soft/model.safetensors")).hasSameBinaryContentAs(weights);
    assertThat(out.resolve("seed-3")).isDirectoryNotContaining("glob:**none");
    assertThat(out.resolve("seed-3")).isDirectoryContaining("glob:**regnety");
  }

  @Test
  void aModelOfAnotherRecipeIsRefused() {
    Path out = folder.resolve("other");
    assertThat(study(out, "--seed", "0", "--only", "none").code()).isZero();
    Cli other = study(out, "--seed", "0", "--only", "none", "--set", "lr=1e-3");
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err()).contains("expected a model of this study", "lr: 0.002 -> 0.001");
  }

  @Test
  void unknownStudiesAndMethodsAreNamed() {
    Cli method = study(folder.resolve("never"), "--only", "medium");
    assertThat(method.code()).isEqualTo(2);
    assertThat(method.err()).contains("--only: expected one of none, soft, hard", "found medium");
    Cli recipe = Cli.run("study", "--recipe", "cifar10", "--out", folder.resolve("never"));
    assertThat(recipe.code()).isEqualTo(2);
    assertThat(recipe.err()).contains("--recipe: expected one of fashion-mnist, found cifar10");
  }
}
