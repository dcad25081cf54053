package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.set.Datasets;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.json.Json;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.run.Environment;
import io.github.deit4j.run.RunFolder;
import io.github.deit4j.train.Trainer;
import io.github.deit4j.train.TrainingListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What depends on the clock in training, and that the weights don't. */
class TrainClockTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long MINUTE = 60 * SECOND;

  @TempDir Path folder;
  private TinyTraining training;

  @BeforeEach
  void makeData() throws Exception {
    training = TinyTraining.in(folder);
  }

  /** Passes a quarter of a second each time it is read, and some minutes after each step. */
  private static final class Clock implements TrainingListener {
    private final long minutes;
    private final List<Integer> checkpoints = new ArrayList<>();
    private long now = Long.MAX_VALUE - MINUTE; // it overflows on the way, as nanoTime may

    Clock(long minutes) {
      this.minutes = minutes;
    }

    long read() {
      now += SECOND / 4;
      return now;
    }

    @Override
    public void stepDone(StepReport report) {
      now += minutes * MINUTE;
    }

    @Override
    public void checkpointWritten(int step, Path written) {
      checkpoints.add(step);
    }
  }

  private List<Integer> checkpoints(String run, int period, long minutesPerStep) throws Exception {
    Path file = folder.resolve("recipe.yaml");
    Recipe recipe =
        Recipe.load(file.toString(), List.of("distillation=none", "checkpoint-minutes=" + period));
    Clock clock = new Clock(minutesPerStep);
    var format = Datasets.named(recipe.get(Settings.DATA));
    var environment = new Environment("1", "cpu", 1, List.of(), Map.of());
    try (Backend backend = Backends.select("cpu", 1).backend();
        Dataset train = format.open(folder.resolve("data"), Split.TRAIN);
        RunFolder out = RunFolder.create(training.out(run), recipe, environment)) {
      new Trainer(
              backend, recipe, train, null, null, out, clock, 1, Integer.MAX_VALUE, 0, clock::read)
          .train();
    }
    return clock.checkpoints;
  }

  @Test
  void aCheckpointIsWrittenAfterSomeMinutesAndChangesNothing() throws Exception {
    assertThat(checkpoints("off", 0, 8)).containsExactly(3, 6);
    assertThat(checkpoints("in time", 15, 4))
        .as("no more than at epoch ends")
        .containsExactly(3, 6);
    assertThat(checkpoints("on", 15, 8))
        .as("of 8 minutes a step, counted from the last checkpoint")
        .containsExactly(2, 3, 5, 6);
    assertThat(checkpoints("each", 15, 15)).containsExactly(1, 2, 3, 4, 5, 6);
    for (String run : List.of("in time", "on", "each")) {
      assertThat(training.weights(run)).isEqualTo(training.weights("off"));
      assertThat(training.metrics(run)).isEqualTo(training.metrics("off"));
    }
  }

  @Test
  void checkpointsByTimeAreOnByDefault() {
    Recipe recipe = Recipe.load("deit-base", List.of());
    assertThat(recipe.get(Settings.CHECKPOINT_MINUTES)).isEqualTo(15);
  }

  @Test
  void theMetricsTellHowFastAStepWas() throws Exception {
    checkpoints("run", 0, 1);
    List<String> lines = Files.readAllLines(training.out("run").resolve("metrics.jsonl"));
    assertThat(lines).hasSize(TinyTraining.STEPS + TinyTraining.EPOCHS);
    for (String line : lines) {
      var json = Json.read("line", line);
      assertThat(json.has("seconds")).as(line).isEqualTo(json.has("loss"));
      if (json.has("loss")) {
        assertThat(json.get("seconds").asDouble()).isEqualTo(0.25);
        assertThat(json.get("images_per_second").asDouble()).isEqualTo(32 / 0.25);
      }
    }
  }
}
