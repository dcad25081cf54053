package io.github.deit4j.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunFolderTest {
  private static final Recipe RECIPE = Recipe.load("fashion-mnist", List.of());

  @TempDir Path parent;

  @Test
  void aNewRunHoldsItsRecipeAndEnvironment() throws IOException {
    Path folder = parent.resolve("runs/a");
    try (RunFolder run = RunFolder.create(folder, RECIPE, environment("cafe"))) {
      assertThat(run.isResumed()).isFalse();
      assertThat(run.path()).isEqualTo(folder);
      assertThat(Recipe.load(run.file(RunFolder.RECIPE).toString(), List.of())).isEqualTo(RECIPE);
      var session = Json.read(run.file(RunFolder.ENVIRONMENT)).get("sessions").items().getFirst();
      assertThat(session.get("threads").asInt()).isEqualTo(3);
      assertThat(session.get("command").asStrings()).containsExactly("train", "--threads", "3");
      assertThat(session.get("inputs").get("teacher").asString()).isEqualTo("cafe");
      assertThat(session.get("jdk").asString()).contains(Runtime.version().toString());
      assertThat(session.get("processors").asInt()).isPositive();
      assertThat(run.checkpoints().newest(problem -> {})).isEmpty();
    }
  }

  @Test
  void aFolderThatIsNotEmptyIsRefused() throws IOException {
    Files.writeString(parent.resolve("notes.txt"), "mine");
    assertThatThrownBy(() -> RunFolder.create(parent, RECIPE, environment("")))
        .isInstanceOf(RunFolderException.class)
        .hasMessageContaining("found notes.txt in it")
        .hasMessageContaining("--resume");
    assertThatThrownBy(() -> RunFolder.resume(parent, RECIPE, environment(""), 0))
        .isInstanceOf(RunFolderException.class)
        .hasMessageContaining("found no recipe.yaml in it");
    assertThat(names(parent)).containsExactly("notes.txt");
  }

  @Test
  void aPlaceThatCannotBeWrittenIsNamed() throws IOException {
    Path file = Files.createFile(parent.resolve("file"));
    assertThatThrownBy(() -> RunFolder.create(file, RECIPE, environment("")))
        .isInstanceOf(CannotWriteException.class)
        .hasMessageContaining("cannot write " + file);
    assertThatThrownBy(() -> RunFolder.create(file.resolve("run"), RECIPE, environment("")))
        .isInstanceOf(CannotWriteException.class)
        .hasMessageContaining("cannot write " + file.resolve("run"));
  }

  @Test
  void resumingBeforeTheRunBeganStartsIt() throws IOException {
    Path folder = parent.resolve("run");
    try (RunFolder run = RunFolder.resume(folder, RECIPE, environment(""), 0)) {
      assertThat(run.isResumed()).isFalse();
    }
    // A process that was killed before it wrote the recipe leaves this:
    Files.delete(folder.resolve(RunFolder.RECIPE));
    Files.delete(folder.resolve("checkpoints"));
    String temporary = ".recipe.yaml.tmp-01234567-89ab-cdef-0123-456789abcdef";
    Files.writeString(folder.resolve(temporary), "name: fash");
    try (RunFolder run = RunFolder.resume(folder, RECIPE, environment(""), 0)) {
      assertThat(run.isResumed()).isFalse();
      assertThat(run.file(RunFolder.RECIPE)).exists();
      assertThat(run.file(temporary)).doesNotExist();
    }
  }

  @Test
  void aRunWithoutItsRecipeIsNotBegunAnew() throws IOException {
    try (RunFolder run = RunFolder.create(parent, RECIPE, environment(""))) {
      run.log(1, Map.of("loss", 1.0));
    }
    Files.delete(parent.resolve(RunFolder.RECIPE));
    Files.delete(parent.resolve("checkpoints"));
    assertThatThrownBy(() -> RunFolder.resume(parent, RECIPE, environment(""), 0))
        .isInstanceOf(RunFolderException.class)
        .hasMessageContaining("found no recipe.yaml in it");
    assertThat(metrics()).hasSize(1);
  }

  @Test
  void resumingAddsToTheEnvironment() throws IOException {
    RunFolder.create(parent, RECIPE, environment("cafe")).close();
    try (RunFolder run = RunFolder.resume(parent, RECIPE, environment("cafe"), 0)) {
      assertThat(run.isResumed()).isTrue();
      assertThat(Json.read(run.file(RunFolder.ENVIRONMENT)).get("sessions").items()).hasSize(2);
    }
  }

  @Test
  void everyDifferenceIsListed() throws IOException {
    RunFolder.create(parent, RECIPE, environment("cafe")).close();
    Recipe other = Recipe.load("fashion-mnist", List.of("lr=4e-3", "batch=32"));
    assertThatThrownBy(() -> RunFolder.resume(parent, other, environment("beef"), 0))
        .isInstanceOf(RunFolderException.class)
        .hasMessageContaining(
            "found other ones:\n  batch: 64 -> 32\n  lr: 0.002 -> 0.004\n  teacher: cafe -> beef\n"
                + "resume with");
    assertThatThrownBy(() -> RunFolder.resume(parent, RECIPE, environment(""), 0))
        .isInstanceOf(OtherInputsException.class)
        .hasMessageContaining("teacher: cafe -> none");
    RunFolder.resume(parent, RECIPE, environment("cafe"), 0).close();
  }

  @Test
  void aRunInUseIsRefused() throws IOException {
    try (RunFolder run = RunFolder.create(parent, RECIPE, environment(""))) {
      assertThat(run.isResumed()).isFalse();
      assertThatThrownBy(() -> RunFolder.resume(parent, RECIPE, environment(""), 0))
          .isInstanceOf(RunFolderException.class)
          .hasMessageContaining("in use");
    }
    RunFolder.resume(parent, RECIPE, environment(""), 0).close();
  }

  @Test
  void metricsAreWrittenLineByLine() throws IOException {
    try (RunFolder run = RunFolder.create(parent, RECIPE, environment(""))) {
      run.log(1, Map.of("loss", 2.5));
      assertThat(metrics()).containsExactly("{\"step\":1,\"loss\":2.5}");
      run.log(2, Map.of("loss", Double.NaN, "nested", Map.of("list", List.of(1.0f / 0))));
      assertThat(metrics()).hasSize(2).last().asString().contains("\"loss\":null", "[null]");
    }
  }

  @Test
  void resumingCutsTheMetricsBackToItsStep() throws IOException {
    try (RunFolder run = RunFolder.create(parent, RECIPE, environment(""))) {
      for (long step = 1; step <= 5; step++) {
        run.log(step, Map.of("loss", 1.0 / step));
      }
    }
    Path file = parent.resolve(RunFolder.METRICS);
    Files.writeString(file, "{\"step\":6,\"lo", StandardOpenOption.APPEND);
    try (RunFolder run = RunFolder.resume(parent, RECIPE, environment(""), 0)) {
      run.continueFrom(5);
      assertThat(metrics()).hasSize(5).last().isEqualTo("{\"step\":5,\"loss\":0.2}");
      run.continueFrom(3);
      run.log(4, Map.of("again", true));
      assertThat(metrics()).hasSize(4).last().isEqualTo("{\"step\":4,\"again\":true}");
      run.continueFrom(0);
      assertThat(file).isEmptyFile();
    }
  }

  @Test
  void aDamagedLineInTheMiddleLosesNothing() throws IOException {
    RunFolder.create(parent, RECIPE, environment("")).close();
    Path file = parent.resolve(RunFolder.METRICS);
    String text = "{\"step\":1}\nnonsense\n{\"step\":2}\n";
    Files.writeString(file, text);
    try (RunFolder run = RunFolder.resume(parent, RECIPE, environment(""), 0)) {
      assertThatThrownBy(() -> run.continueFrom(2))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("found nonsense");
      assertThat(file).hasContent(text);
    }
  }

  @Test
  void writesResults() throws IOException {
    try (RunFolder run = RunFolder.create(parent, RECIPE, environment(""))) {
      run.writeResults(Map.of("class", Map.of("top1", 0.9)));
      assertThat(Json.read(run.file(RunFolder.RESULTS)).get("class").get("top1").asDouble())
          .isEqualTo(0.9);
    }
  }

  private static Environment environment(String teacher) {
    Map<String, String> inputs = teacher.isEmpty() ? Map.of() : Map.of("teacher", teacher);
    return new Environment("1.0", "cpu", 3, List.of("train", "--threads", "3"), inputs);
  }

  private List<String> metrics() throws IOException {
    return Files.readAllLines(parent.resolve(RunFolder.METRICS));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(path -> path.getFileName().toString()).toList();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{\"sessions\":[]}", "{\"sessions\":[1]}", "{}", "[]", "{\"sessions\":[{}]}"})
  void aDamagedEnvironmentIsBadData(String environment) throws IOException {
    Path folder = parent.resolve("run");
    RunFolder.create(folder, RECIPE, environment("")).close();
    Path file = folder.resolve(RunFolder.ENVIRONMENT);
    Files.writeString(file, environment);
    assertThatThrownBy(() -> RunFolder.resume(folder, RECIPE, environment(""), 0))
        .isInstanceOf(JsonException.class)
        .hasMessageStartingWith(file + ": ");
  }
}
