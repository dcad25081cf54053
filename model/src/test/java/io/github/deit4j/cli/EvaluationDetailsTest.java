package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What evaluate tells beside scores, held against the predictions that it writes. */
class EvaluationDetailsTest {
  private static final List<String> CLASSES = List.of("bee", "cat & <dog>", "horse");
  private static final int EACH = 7;

  @TempDir Path dir;
  private Path data;
  private Path weights;

  @BeforeEach
  void makeModelAndImages() throws IOException {
    data = TinyModel.folders(dir.resolve("data"), CLASSES, EACH);
    weights = TinyModel.save(dir.resolve("model.safetensors"), CLASSES);
  }

  private Cli evaluate(Object... more) {
    List<Object> command = new ArrayList<>(List.of("evaluate", "--weights", weights));
    command.addAll(List.of("--data", data));
    command.addAll(List.of(more));
    return Cli.run(command.toArray());
  }

  private static Cli good(Cli result) {
    assertThat(result.code()).as(result.err()).isZero();
    return result;
  }

  private List<JsonValue> lines(Path file) throws IOException {
    List<JsonValue> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      lines.add(Json.read("line", line));
    }
    return lines;
  }

  @Test
  void detailsAreThoseOfThePredictions() throws IOException {
    Path file = dir.resolve("p.jsonl");
    JsonValue json = good(evaluate("--json", "--predictions", file)).json();
    List<JsonValue> images = lines(file);
    assertThat(images).hasSize(CLASSES.size() * EACH);
    for (String head : List.of("class", "distillation", "mean", "joint")) {
      Map<List<String>, Long> pairs = new HashMap<>();
      for (JsonValue image : images) {
        String label = image.get("label").asString();
        assertThat(Path.of(image.get("path").asString()).getParent()).hasFileName(label);
        String best = image.get("heads").get(head).items().getFirst().get("class").asString();
        pairs.merge(List.of(label, best), 1L, Long::sum);
      }
      Map<List<String>, Long> told = new HashMap<>();
      for (JsonValue entry : json.get(head).get("confusion").items()) {
        told.put(
            List.of(entry.get("label").asString(), entry.get("predicted").asString()),
            entry.get("count").asLong());
      }
      assertThat(told).isEqualTo(pairs);
      List<JsonValue> classes = json.get(head).get("per_class").items();
      long right = 0;
      for (int label = 0; label < CLASSES.size(); label++) {
        String name = CLASSES.get(label);
        assertThat(classes.get(label).get("class").asString()).isEqualTo(name);
        assertThat(classes.get(label).get("support").asLong()).isEqualTo(EACH);
        long hits = pairs.getOrDefault(List.of(name, name), 0L);
        right += hits;
        assertThat(classes.get(label).get("recall").asDouble())
            .isCloseTo((double) hits / EACH, within(1e-12));
      }
      assertThat(json.get(head).get("top1").asDouble())
          .isCloseTo((double) right / images.size(), within(1e-12));
      assertThat(json.get(head).get("ece").asDouble()).isBetween(0.0, 1.0);
    }
  }

  @Test
  void predictionsAreThoseOfPredict() throws IOException {
    Path evaluated = dir.resolve("evaluated.csv");
    good(evaluate("--predictions", evaluated, "--top", 2, "--batch", 5));
    Path predicted = dir.resolve("predicted.csv");
    Cli predict =
        Cli.run("predict", "--weights", weights, "--top", 2, "--predictions", predicted, data);
    assertThat(predict.code()).as(predict.err()).isZero();
    List<String> withoutLabels = new ArrayList<>();
    for (String line : Files.readAllLines(evaluated)) {
      withoutLabels.add(line.replaceFirst("^([^,]*),[^,]*,", "$1,"));
    }
    assertThat(withoutLabels).isEqualTo(Files.readAllLines(predicted));
  }

  @Test
  void printsEveryClass() {
    Cli result = good(evaluate("--head", "class"));
    assertThat(result.out())
        .containsSubsequence(
            "head class: expected calibration error", "precision", "recall", "F1", "images")
        .contains("bee", "cat & <dog>", "horse");
  }

  @Test
  void predictionsThatAreThereAreNotOverwritten() throws IOException {
    Path file = Files.writeString(dir.resolve("p.csv"), "mine");
    Cli refused = evaluate("--predictions", file);
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("expected a file that is not there yet, found " + file);
    assertThat(file).hasContent("mine");
    assertThat(evaluate("--predictions", dir.resolve("p.txt")).code()).isEqualTo(2);
  }

  @Test
  void predictionsOfAFailedEvaluationAreTakenAway() throws IOException {
    Files.writeString(data.resolve("bee/broken.png"), "no picture");
    Path file = dir.resolve("p.csv");
    assertThat(evaluate("--predictions", file).code()).isEqualTo(65);
    assertThat(file).doesNotExist();
  }

  @Test
  void theReportShowsClassesConfusionAndMistakes() throws IOException {
    Path page = dir.resolve("page.html");
    JsonValue json = good(evaluate("--json", "--report", page)).json();
    String html = Files.readString(page);
    assertThat(html)
        .contains("<h2>Classes</h2>", "<h2>Confusion</h2>", "<h2>Calibration</h2>")
        .contains("on 21 images of " + data)
        .contains("<th scope=\"row\">cat &amp; &lt;dog&gt;</th>")
        .doesNotContain("<dog>", "http:");
    long wrong = Math.round((1 - json.get("joint").get("top1").asDouble()) * CLASSES.size() * EACH);
    assertThat(wrong).isPositive();
    String image = "<img src=\"data:image/png;base64,[A-Za-z0-9+/=]+\" alt=\"[^\"]+\">";
    long images = Pattern.compile(image).matcher(html).results().count();
    assertThat(images).as("pictures and maps").isEqualTo(2 * Math.min(24, wrong));
    assertThat(html).contains("alt=\"Attention map of ");
  }
}
