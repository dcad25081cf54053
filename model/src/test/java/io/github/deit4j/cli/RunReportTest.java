package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.session.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run's report tells of its weights is what {@code evaluate} tells of them. */
class RunReportTest {
  private static final String CLASSES = "<h2>Classes</h2>";

  @TempDir static Path dir;

  private static Path data;

  /** Nothing can be learned of these images, so that there are mistakes. */
  @BeforeAll
  static void drawNoise() throws IOException {
    data = dir.resolve("data");
    for (String split : List.of("train", "val")) {
      for (String name : OwnImages.CLASSES) {
        for (int i = 0; i < 10; i++) {
          Path file = data.resolve(split).resolve(name).resolve(i + ".png");
          OwnImages.picture(file, 0, name.length() + 10L * i + split.length());
        }
      }
    }
  }

  private static Path train(String name, String... options) {
    Path out = dir.resolve(name);
    Cli trained = OwnImages.train(data, out, options);
    assertThat(trained.code()).as(trained.err()).isZero();
    return out;
  }

  private static String report(Path run) throws IOException {
    return Files.readString(run.resolve("report.html"));
  }

  /** Returns classes, confusion, calibration and mistakes, pictures and all. */
  private static String details(String page, String end) {
    assertThat(page).contains(CLASSES, end);
    return page.substring(page.indexOf(CLASSES), page.indexOf(end));
  }

  /** Returns the same of a run's report. */
  static String details(Path run) throws IOException {
    return details(report(run), "<h2>Recipe</h2>");
  }

  private static void requireSameAsEvaluate(Path run) throws IOException {
    Path page = run.resolve("evaluation.html");
    Cli evaluated =
        Cli.run(
            "evaluate",
            "--weights",
            run.resolve("model.safetensors"),
            "--data",
            data,
            "--report",
            page);
    assertThat(evaluated.code()).as(evaluated.err()).isZero();
    String expected = details(Files.readString(page), "<p class=\"note\">Charts by");
    assertThat(expected)
        .contains(
            "<h2>Confusion</h2>", "<h2>Calibration</h2>", "<img src=\"data:image/png;base64,");
    assertThat(details(run).equals(expected)).as("the same").isTrue();
  }

  @Test
  void theLastWeights() throws IOException {
    Path run = train("last", "--set", "select=last");
    requireSameAsEvaluate(run);
    assertThat(report(run))
        .contains("The weights of step 6, those of model.safetensors, on 30 images.");
  }

  @Test
  void theBestWeightsThoughOthersCameLater() throws IOException {
    Path run = train("best", "--set", "epochs=8", "--set", "lr=1e-2", "--set", "select=best");
    String best = Files.readString(run.resolve("best")).strip().substring("step-".length());
    assertThat(best).as("else this shows little").isNotEqualTo("24");
    assertThat(report(run)).contains("The weights of step " + best + ", those of model");
    requireSameAsEvaluate(run);
    // What is complete already is evaluated once more when it is resumed.
    String before = details(run);
    train("best", "--set", "epochs=8", "--set", "lr=1e-2", "--set", "select=best", "--resume");
    assertThat(details(run).equals(before)).as("the same").isTrue();
  }

  @Test
  void aFrozenBackbone() throws IOException {
    Path start = train("start");
    String finetune = "finetune=" + start.resolve("model.safetensors");
    requireSameAsEvaluate(train("frozen", "--set", finetune, "--set", "freeze=backbone"));
  }

  @Test
  void fromAProgram() throws Exception {
    String[] tiny = OwnImages.TINY.toArray(String[]::new);
    Path run = dir.resolve("program");
    Training.on(data).set(tiny).set("epochs=1").out(run).backend("cpu").run();
    requireSameAsEvaluate(run);
  }

  @Test
  void nothingIsTouchedUponThatWasNotEvaluated() throws IOException {
    Path stopped = train("stopped", "--max-steps", "1");
    assertThat(report(stopped)).doesNotContain(CLASSES, "<img");
    Path folder = dir.resolve("unsplit");
    OwnImages.write(folder, 5);
    Path out = dir.resolve("unevaluated");
    Cli trained = OwnImages.train(folder, out, "--set", "val-split=0", "--set", "select=last");
    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(report(out)).contains("<h2>Curves</h2>").doesNotContain(CLASSES, "<img");
  }
}
