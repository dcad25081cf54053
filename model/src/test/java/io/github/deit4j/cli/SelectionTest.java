package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which weights a run ends with, when it ends, and how it goes on after that. */
class SelectionTest {
  private static final int STEPS_PER_EPOCH = 3;

  @TempDir static Path dir;

  private static Path data;

  /** Nothing can be learned of these images, so that scores go up and down. */
  @BeforeAll
  static void drawNoise() throws IOException {
    data = dir.resolve("data");
    for (String name : OwnImages.CLASSES) {
      for (int i = 0; i < 10; i++) {
        OwnImages.picture(data.resolve(name).resolve(i + ".png"), 0, name.length() + 10L * i);
      }
    }
  }

  private static Cli train(String out, String... options) throws IOException {
    List<String> all = new ArrayList<>(List.of("--set", "lr=1e-2"));
    for (String option : options) {
      all.addAll(option.startsWith("--") ? List.of(option.split(" ")) : List.of("--set", option));
    }
    Cli trained = OwnImages.train(data, dir.resolve(out), all.toArray(String[]::new));
    assertThat(trained.code()).as(trained.err()).isZero();
    return trained;
  }

  private static String sha(String out, String file) throws IOException {
    return Sha256.of(dir.resolve(out).resolve(file));
  }

  private static int best(String out) throws IOException {
    String best = Files.readString(dir.resolve(out).resolve("best")).strip();
    return Integer.parseInt(best.substring("step-".length()));
  }

  /** Returns the evaluations of a run by step, and its learning rates. */
  private static TreeMap<Integer, JsonValue> metrics(String out, String key) throws IOException {
    var found = new TreeMap<Integer, JsonValue>();
    for (String line : Files.readAllLines(dir.resolve(out).resolve("metrics.jsonl"))) {
      JsonValue json = Json.read("metrics", line);
      if (json.has(key)) {
        found.put(json.get("step").asInt(), json.get(key));
      }
    }
    return found;
  }

  @Test
  void theBestOrTheLastWeightsBecomeTheModel() throws IOException {
    Cli bestRun = train("best", "epochs=6", "ema-decay=0.9");
    Cli lastRun = train("last", "epochs=6", "ema-decay=0.9", "select=last");
    int best = best("best");
    int last = 6 * STEPS_PER_EPOCH;
    assertThat(best).as("else this shows nothing").isLessThan(last);
    String checkpoint = "checkpoints/step-" + best + "/";
    assertThat(sha("best", "model.safetensors"))
        .isEqualTo(sha("best", checkpoint + "model.safetensors"));
    assertThat(sha("best", "model-ema.safetensors"))
        .isEqualTo(sha("best", checkpoint + "ema.safetensors"));
    assertThat(sha("last", "model.safetensors"))
        .isEqualTo(sha("last", "checkpoints/step-" + last + "/model.safetensors"))
        .isEqualTo(sha("best", "checkpoints/step-" + last + "/model.safetensors"));
    JsonValue results = Json.read(dir.resolve("best/results.json"));
    assertThat(results.value()).isEqualTo(metrics("best", "evaluation").get(best).value());
    assertThat(bestRun.err())
        .contains("model.safetensors holds the weights of step " + best + ", the best with ");
    assertThat(lastRun.err())
        .contains("holds the last weights, of step 18; those of step " + best + " were better")
        .contains("--set select=best would take them");
    train("best", "epochs=6", "ema-decay=0.9", "--resume");
    assertThat(sha("best", "model.safetensors"))
        .isEqualTo(sha("best", checkpoint + "model.safetensors"));
  }

  @Test
  void endsWhenEvaluationsAreNoBetterWhereverItWasInterrupted() throws IOException {
    Cli stopped = train("early", "epochs=40", "early-stop=2");
    int end = metrics("early", "lr").lastKey();
    assertThat(end).isLessThan(40 * STEPS_PER_EPOCH).isEqualTo(best("early") + 2 * STEPS_PER_EPOCH);
    assertThat(stopped.err()).contains(end + " of 120 steps done", "ended early");
    train("interrupted", "epochs=40", "early-stop=2", "--max-steps " + (end - 1));
    train("interrupted", "epochs=40", "early-stop=2", "--resume");
    assertThat(sha("interrupted", "model.safetensors"))
        .isEqualTo(sha("early", "model.safetensors"));
    assertThat(metrics("interrupted", "lr").lastKey()).isEqualTo(end);
    train("early", "epochs=40", "early-stop=2", "--resume");
    assertThat(metrics("early", "lr").lastKey()).as("it stays at its end").isEqualTo(end);
  }

  @Test
  void nothingIsChosenByTestImages() throws IOException {
    OwnImages.write(dir.resolve("tested/train"), 5);
    OwnImages.write(dir.resolve("tested/test"), 5);
    for (String setting : List.of("select=best", "early-stop=3")) {
      Cli refused =
          OwnImages.train(
              dir.resolve("tested"),
              dir.resolve("refused"),
              "--set",
              "val-split=0",
              "--set",
              setting);
      assertThat(refused.code()).as(refused.err()).isEqualTo(ExitCode.USAGE);
      assertThat(refused.err()).contains("found only test images; hold some others out");
    }
    Cli none =
        OwnImages.train(
            data, dir.resolve("refused"), "--set", "val-split=0", "--set", "early-stop=3");
    assertThat(none.err()).contains("early-stop: expected 0 without images for validation");
    assertThat(dir.resolve("refused")).doesNotExist();
  }

  @Test
  void aFinishedRunIsExtendedOnTheScheduleOfTheLongerOne() throws IOException {
    String[] warm = {"warmup-epochs=3", "min-lr=1e-4", "seed=1"};
    train("long", "epochs=2", warm[0], warm[1], warm[2]);
    Cli extended = train("long", "epochs=4", warm[0], warm[1], warm[2], "--resume");
    String words = "extended at step 6 from 2 to 4 epochs: from there on the learning rate";
    assertThat(extended.err()).contains(words, "would give another run");
    assertThat(Files.readString(dir.resolve("long/report.html"))).contains(words);
    assertThat(Files.readString(dir.resolve("long/recipe.yaml"))).contains("\nepochs: 4\n");
    JsonValue file = Json.read(dir.resolve("long/extended.json")).get("extensions");
    assertThat(file.items().getFirst().get("step").asInt()).isEqualTo(6);
    var rates = metrics("long", "lr");
    assertThat(rates).hasSize(12);
    for (int step = 6; step < 12; step++) {
      double cosine = 1e-4 + 0.5 * (1e-2 - 1e-4) * (1 + StrictMath.cos(StrictMath.PI * step / 12));
      assertThat(rates.get(step + 1).asDouble()).isEqualTo(cosine);
    }
    assertThat(rates.get(6).asDouble()).as("in the warm-up").isLessThan(1e-2 * 5.1 / 9);
    train("start", "epochs=4", warm[0], warm[1], warm[2]);
    assertThat(sha("start", "checkpoints/step-12/model.safetensors"))
        .isNotEqualTo(sha("long", "checkpoints/step-12/model.safetensors"));
    train("halted", "epochs=2", warm[0], warm[1], warm[2]);
    train("halted", "epochs=4", warm[0], warm[1], warm[2], "--resume", "--max-steps 8");
    train("halted", "epochs=4", warm[0], warm[1], warm[2], "--resume");
    assertThat(sha("halted", "checkpoints/step-12/model.safetensors"))
        .as("after an interruption, too")
        .isEqualTo(sha("long", "checkpoints/step-12/model.safetensors"));
  }

  /** A fitted warm-up is as long as the epochs are, but over. */
  @Test
  void aFittedRecipeIsExtendedToo() throws IOException {
    train("fitted", "epochs=1");
    Cli again = train("fitted", "epochs=3", "--resume");
    assertThat(again.err()).contains("from 1 to 3 epochs", "9 of 9 steps done");
  }

  @Test
  void onlyAFinishedRunIsExtendedAndNothingElseChanges() throws IOException {
    train("half", "epochs=2", "--max-steps 4");
    for (String[] sets :
        List.of(
            new String[] {
              "epochs=4", "expected a run at its end to extend, at step 6, found step-4"
            },
            new String[] {"epochs=1", "epochs: 2 -> 1"})) {
      Cli refused =
          OwnImages.train(
              data, dir.resolve("half"), "--resume", "--set", sets[0], "--set", "lr=1e-2");
      assertThat(refused.code()).as(refused.err()).isEqualTo(ExitCode.USAGE);
      assertThat(refused.err()).contains(sets[1]);
    }
    train("half", "epochs=2", "--resume");
    Cli refused =
        OwnImages.train(
            data, dir.resolve("half"), "--resume", "--set", "epochs=4", "--set", "lr=2e-2");
    assertThat(refused.err()).contains("epochs: 2 -> 4", "lr: 0.01 -> 0.02");
    assertThat(dir.resolve("half/extended.json")).doesNotExist();
  }
}
