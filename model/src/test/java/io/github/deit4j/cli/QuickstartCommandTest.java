package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickstartCommandTest {
  private static final int SIDE = 28;
  private static final int TRAIN_IMAGES = 200;
  private static final int TEST_IMAGES = 40;

  @TempDir static Path folder;

  private static Path data;

  @BeforeAll
  static void writeData() throws IOException {
    data = folder.resolve("data");
    TinyFashionMnist.write(data, SIDE, TRAIN_IMAGES, TEST_IMAGES);
  }

  @Test
  void goesFromImagesToAReport() throws IOException {
    Path out = folder.resolve("run");
    Cli result = Cli.run("quickstart", "--data", data, "--out", out);
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).contains("training the teacher", "distilling the student");
    assertThat(result.out())
        .contains("test image 0: ", "in truth T-shirt/top", "test image 4: ", "in truth Coat")
        .containsSubsequence("top-1", "class", "distillation", "mean", "joint")
        .contains("report.html are in " + out);

    JsonValue results = Json.read(out.resolve("results.json"));
    assertHeads(results);
    Cli evaluated =
        Cli.run(
            "evaluate", "--json", "--weights", out.resolve("model.safetensors"), "--data", data);
    assertHasScores(evaluated.json(), results);

    assertThat(out.resolve("report.html")).content().contains("<html", "distillation");
    assertThat(out.resolve("recipe.yaml")).content().contains("distillation: hard");
    assertThat(out.resolve("environment.json")).exists();
    assertThat(out.resolve("metrics.jsonl")).isNotEmptyFile();
    assertThat(out.resolve("latest")).hasContent("step-9\n");
    assertThat(out.resolve("teacher/model.safetensors")).exists();
    assertThat(out.resolve("teacher/report.html")).exists();
  }

  /** Evaluation tells more than a run writes down. */
  static void assertHasScores(JsonValue evaluated, JsonValue results) throws IOException {
    assertThat(evaluated.keys()).isEqualTo(results.keys());
    for (String head : results.keys()) {
      for (String number : results.get(head).keys()) {
        assertThat(evaluated.get(head).get(number).value())
            .as("%s of %s", number, head)
            .isEqualTo(results.get(head).get(number).value());
      }
    }
  }

  private static void assertHeads(JsonValue results) throws IOException {
    assertThat(results.keys()).contains("class", "distillation", "mean", "joint");
    for (String head : new String[] {"class", "distillation", "mean", "joint"}) {
      JsonValue score = results.get(head);
      assertThat(score.keys()).containsExactly("top1", "top5", "loss");
      double top1 = score.get("top1").asDouble();
      assertThat(top1 * TEST_IMAGES).isEqualTo(Math.rint(top1 * TEST_IMAGES));
      assertThat(score.get("top5").asDouble()).isBetween(top1, 1.0);
      assertThat(score.get("loss").asDouble()).isBetween(0.0, 10.0);
    }
  }

  @Test
  void printsOneJsonDocument() throws IOException {
    Path out = folder.resolve("json");
    Cli result = Cli.run("quickstart", "--json", "--threads", 1, "--data", data, "--out", out);
    assertThat(result.code()).as(result.err()).isZero();
    assertHeads(result.json());
    assertThat(result.json().get("out").asString()).isEqualTo(out.toString());
    assertThat(Json.read(out.resolve("results.json")).keys())
        .containsExactly("class", "distillation", "mean", "joint");
  }

  @Test
  void refusesAFolderThatIsNotEmpty() throws IOException {
    Path out = Files.createDirectory(folder.resolve("used"));
    Path file = Files.writeString(out.resolve("thesis.tex"), "precious");
    Cli result = Cli.run("quickstart", "--data", data, "--out", out);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains(out + ": expected a new or empty folder, found thesis.tex");
    assertThat(files(out)).containsExactly(file);
    assertThat(file).hasContent("precious");
  }

  @Test
  void refusesTheFolderOfAnEarlierOne() throws IOException {
    Path out = Files.createDirectory(folder.resolve("earlier"));
    Path teacher = Files.createDirectory(out.resolve("teacher")).resolve("model.safetensors");
    Files.writeString(teacher, "hours of work");
    Cli result = Cli.run("quickstart", "--data", data, "--out", out);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("expected a new or empty folder", "model.safetensors");
    assertThat(files(out)).containsExactly(teacher);
  }

  @Test
  void aFolderWithoutTheDataIsNamed() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    Path out = folder.resolve("never");
    Cli result = Cli.run("quickstart", "--data", empty, "--out", out);
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.err()).contains(empty + ": expected train-images-idx3-ubyte.gz");
    assertThat(out).doesNotExist();
  }

  @Test
  void aFolderThatCannotBeWrittenIsNamed() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Cli result = Cli.run("quickstart", "--data", data, "--out", file.resolve("run"));
    assertThat(result.code()).isEqualTo(73);
    assertThat(result.err()).contains("cannot write " + file);
  }

  private static Stream<Path> files(Path out) throws IOException {
    try (Stream<Path> files = Files.walk(out)) {
      return files.filter(Files::isRegularFile).toList().stream();
    }
  }
}
