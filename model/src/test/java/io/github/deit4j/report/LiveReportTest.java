package io.github.deit4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.run.Environment;
import io.github.deit4j.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveReportTest {
  /** Of 4 epochs of 5 steps. */
  private static final Recipe RECIPE =
      Recipe.load("fashion-mnist", List.of("batch=32", "accumulate=1", "epochs=4"));

  private static final Environment ENVIRONMENT =
      new Environment("1.0", "cpu", 2, List.of("train"), Map.of("training-images", "179"));

  @TempDir Path parent;
  private Path folder;
  private LiveReport report;

  @BeforeEach
  void begin() {
    folder = parent.resolve("run");
    report = new LiveReport(folder);
  }

  private static void log(RunFolder run, int from, int to, double seconds) throws IOException {
    for (int step = from; step <= to; step++) {
      run.log(
          step,
          Map.of("loss", 3.0 / step, "lr", 0.5, "seconds", seconds, "images_per_second", 64.0));
      if (step % 5 == 0) {
        double top1 = step == 5 ? 0.5 : 0.4;
        run.log(
            step,
            Map.of(
                "evaluation",
                Map.of("class", Map.of("top1", top1, "top5", 1.0, "loss", 2.0)),
                "evaluation-ema",
                Map.of("class", Map.of("top1", 0.9))));
      }
    }
  }

  private static String fact(String name, String value, String note) {
    String small = note.isEmpty() ? "" : "<small>" + note + "</small>";
    return "<dt>%s</dt><dd>%s%s</dd>".formatted(name, value, small);
  }

  @Test
  void tellsHowFarARunIs() throws IOException {
    assertThat(report.body()).contains("the run has not begun yet");
    try (RunFolder run = RunFolder.create(folder, RECIPE, ENVIRONMENT)) {
      assertThat(report.body())
          .contains("The run goes on.", fact("Optimizer step", "0", "of 20"))
          .contains("None yet: nothing has been measured");
      log(run, 1, 12, 90);
      assertThat(report.body())
          .contains("The run goes on.", fact("Optimizer step", "12", "of 20"))
          .contains(fact("Loss", "0.25", "of the last step"), fact("Learning rate", "0.5", ""))
          .contains(fact("Images per second", "64", "mean of the last 12 steps"))
          .contains(fact("Time left", "about 0:12:00", "of steps, without evaluations"))
          .contains(fact("Last evaluation", "40.00 %", "top-1, head class, at step 10"))
          .contains(fact("Best evaluation", "50.00 %", "top-1, head class, at step 5"));
      log(run, 13, 20, 90);
      assertThat(report.body())
          .contains("All steps are done.", fact("Optimizer step", "20", "of 20"))
          .doesNotContain("Time left");
    }
    HtmlReport.write(folder, Optional.empty());
    assertThat(report.body())
        .contains("The run is over.", "<a href=\"report.html\">")
        .doesNotContain("goes on");
  }

  @Test
  void aRunThatIsResumedOrDeletedIsSeen() throws IOException {
    try (RunFolder run = RunFolder.create(folder, RECIPE, ENVIRONMENT)) {
      log(run, 1, 7, 1);
    }
    HtmlReport.write(folder, Optional.empty());
    assertThat(report.body()).contains("The run ended at step 7.");
    // A copy has other times.
    Files.setLastModifiedTime(folder.resolve(HtmlReport.FILE), FileTime.fromMillis(0));
    assertThat(report.body()).contains("The run ended at step 7.", "<a href");
    try (RunFolder run = RunFolder.resume(folder, RECIPE, ENVIRONMENT, 5)) {
      run.continueFrom(5);
      assertThat(report.body())
          .contains("The run goes on.", fact("Optimizer step", "5", "of 20"))
          .doesNotContain("<a href");
    }
    Files.delete(folder.resolve(RunFolder.RECIPE));
    assertThat(report.body()).contains("recipe.yaml is not there: the run was deleted or moved");
    Files.writeString(folder.resolve(RunFolder.RECIPE), "name: [");
    assertThat(report.body()).contains("The run cannot be read: ", "recipe.yaml");
  }

  @Test
  void silenceIsSaid() throws IOException {
    try (RunFolder run = RunFolder.create(folder, RECIPE, ENVIRONMENT)) {
      log(run, 1, 2, 1);
    }
    Instant later = Instant.now().plus(Duration.ofMinutes(7)).plusSeconds(10);
    assertThat(new LiveReport(folder, Clock.fixed(later, ZoneOffset.UTC)).body())
        .contains("No news for 7 minutes: the run evaluates, takes a long step, or was killed.");
  }
}
