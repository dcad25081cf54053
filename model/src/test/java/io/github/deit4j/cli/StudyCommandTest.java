package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.weights.Sha256;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
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
            "hard true joint deit",
            "hard true class regnety-short",
            "hard true distillation regnety-short",
            "hard true joint regnety-short");
    assertThat(json.get("curve").items())
        .extracting(row -> row.get("method").asString() + " " + row.get("epochs").asInt())
        .containsExactly("none 2", "hard 2", "hard 2", "hard 2");
    assertThat(json.get("rows").items().getFirst().get("weights_sha256").asString())
        .isEqualTo(Sha256.of(out.resolve("seed-3/none/model.safetensors")));
    assertThat(json.get("cosine").get("hard-token").keys())
        .containsExactly("tokens", "embeddings", "blocks.0", "blocks.1", "norm");
    assertThat(out.resolve("study-fashion-mnist.md"))
        .content()
        .contains("## Methods", "## Differences", "## Teachers", "## Accuracy against epochs")
        .contains("| soft − none | 0.0 | ", "## Cosine", "## Disagreement", "(paper 0.171)");
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
    assertResumesFromTheFileAlone(out);
  }

  /** As on another machine: the results are there, the models are not. */
  private static void assertResumesFromTheFileAlone(Path complete) throws IOException {
    Path out = Files.createDirectories(folder.resolve("elsewhere"));
    Path file = out.resolve("study-fashion-mnist.json");
    String all = Files.readString(complete.resolve(file.getFileName()));
    Files.writeString(file, all);
    assertThat(study(out, "--seed", "3"))
        .satisfies(
            refused -> {
              assertThat(refused.code()).isEqualTo(2);
              assertThat(refused.err()).contains("expected only results whose models", "--resume");
            });
    assertThat(study(out, "--seed", "3", "--resume"))
        .satisfies(done -> assertThat(done.err()).doesNotContain("training"));
    assertThat(file).hasContent(all);

    Files.writeString(file, withoutRowsOf("second-class-token", withoutRowsOf("soft", all)));
    Cli resumed = study(out, "--seed", "3", "--resume");
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(resumed.err())
        .contains("training regnety, model 1 of 3", "training soft, model 2 of 3, about 0:0")
        .contains("training second-class-token, model 3 of 3");
    assertThat(file).hasContent(all);

    Path teacher = out.resolve("seed-3/regnety/model.safetensors");
    String other = Sha256.of(teacher).replace('0', '1');
    Files.writeString(file, withoutRowsOf("soft", all).replace(Sha256.of(teacher), other));
    Cli foreign = study(out, "--seed", "3", "--resume");
    assertThat(foreign.code()).isEqualTo(65);
    assertThat(foreign.err()).contains("the SHA-256 that the study's results have", other);

    Files.writeString(file, all);
    Cli changed = study(out, "--seed", "4", "--resume", "--set", "lr=1e-3");
    assertThat(changed.code()).isEqualTo(2);
    assertThat(changed.err()).contains("hard-token: lr: 0.002 -> 0.001", "choose another --out");
  }

  private static String withoutRowsOf(String method, String file) throws JsonException {
    Map<String, Object> json = new LinkedHashMap<>();
    JsonValue all = Json.read("all", file);
    for (String key : all.keys()) {
      json.put(key, all.get(key).value());
    }
    json.put(
        "rows",
        all.get("rows").items().stream()
            .map(row -> (Map<?, ?>) row.value())
            .filter(row -> !method.equals(row.get("method")))
            .toList());
    Map<String, Object> cosines = new LinkedHashMap<>();
    for (String part : all.get("cosine").keys()) {
      if (!part.equals(method)) {
        cosines.put(part, all.get("cosine").get(part).value());
      }
    }
    json.put("cosine", cosines);
    return JsonWriter.pretty(json);
  }

  @Test
  void takesCifarAndFoldersOfImages() throws IOException {
    Path cifar = folder.resolve("cifar");
    writeCifar10(cifar);
    assertLearns("cifar10", cifar, "--set", "image-size=32");
    Path images = folder.resolve("images");
    writeImageFolders(images);
    assertLearns("image-folder", images, "--set", "image-size=16");
  }

  private static void writeCifar10(Path to) throws IOException {
    Files.createDirectories(to);
    Files.writeString(to.resolve("batches.meta.txt"), "airplane\nbird\n");
    for (String file : List.of("data_batch_1", "data_batch_2", "data_batch_3", "test_batch")) {
      fill(to.resolve(file + ".bin"), file.hashCode());
    }
    fill(to.resolve("data_batch_4.bin"), 4);
    fill(to.resolve("data_batch_5.bin"), 5);
  }

  /** Four pictures of 32 x 32 in three planes, each behind its label. */
  private static void fill(Path file, int seed) throws IOException {
    byte[] records = new byte[4 * (1 + 3 * 32 * 32)];
    new Random(seed).nextBytes(records);
    for (int i = 0; i < 4; i++) {
      records[i * records.length / 4] = (byte) (i % 2);
    }
    Files.write(file, records);
  }

  private static void writeImageFolders(Path to) throws IOException {
    Random random = new Random(1);
    for (String place : List.of("train/cat", "train/dog", "val/cat", "val/dog")) {
      Path images = Files.createDirectories(to.resolve(place));
      for (int i = 0; i < 5; i++) {
        BufferedImage picture = new BufferedImage(24, 20, BufferedImage.TYPE_INT_RGB);
        random
            .ints(24 * 20)
            .forEach(rgb -> picture.setRGB(random.nextInt(24), random.nextInt(20), rgb));
        ImageIO.write(picture, "png", images.resolve(i + ".png").toFile());
      }
    }
  }

  private static void assertLearns(String recipe, Path data, String... options) {
    Path out = folder.resolve("study-of-" + recipe);
    List<Object> command = new ArrayList<>(List.of("study", "--recipe", recipe, "--data", data));
    command.addAll(List.of("--out", out, "--backend", "cpu", "--seed", "0", "--only", "soft"));
    command.addAll(List.of("--set", "epochs=1", "--set", "batch=4", "--set", "depth=2"));
    command.addAll(List.of(options));
    Cli result = Cli.run(command.toArray());
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(out.resolve("study-%s.md".formatted(recipe))).content().contains("| soft | no |");
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
    Cli recipe = Cli.run("study", "--recipe", "cifar100", "--out", folder.resolve("never"));
    assertThat(recipe.code()).isEqualTo(2);
    assertThat(recipe.err())
        .contains("--recipe: expected one of fashion-mnist, cifar10, image-folder, found cifar100");
  }
}
