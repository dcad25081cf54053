package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.testing.EventFileReader;
import io.github.deit4j.testing.EventFileReader.Event;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tensorboard: true}: the metrics of a run as event files. */
class TensorBoardTest {
  private static final String[] ON = {"--set", "tensorboard=true"};

  @TempDir Path folder;
  private TinyTraining training;

  @BeforeEach
  void makeData() throws Exception {
    training = TinyTraining.in(folder);
  }

  @Test
  void eventsTellWhatTheMetricsTellAndChangeNoBits() throws Exception {
    assertThat(training.train("on", ON)).isEqualTo(training.train("off"));
    assertThat(EventFileReader.files(training.out("off"))).isEmpty();
    List<Path> files = EventFileReader.files(training.out("on"));
    assertThat(files).hasSize(1);
    List<Event> events = EventFileReader.read(files.getFirst());
    assertThat(events.getFirst().fileVersion()).isEqualTo("brain.Event:2");
    double seconds = System.currentTimeMillis() / 1e3;
    assertThat(events).allMatch(event -> Math.abs(event.wallTime() - seconds) < 3600);
    Iterator<Event> next = events.subList(1, events.size()).iterator();
    for (String line : Files.readAllLines(training.out("on").resolve("metrics.jsonl"))) {
      JsonValue json = Json.read("line", line);
      Event event = next.next();
      assertThat(event.step()).isEqualTo(json.get("step").asLong());
      Map<String, Float> scalars = event.scalars();
      if (json.has("loss")) {
        assertThat(scalars)
            .containsOnlyKeys(
                "train/loss", "train/lr", "train/images_per_second", "train/gradient-norm")
            .containsEntry("train/loss", (float) json.get("loss").asDouble())
            .containsEntry("train/lr", (float) json.get("lr").asDouble());
      } else {
        assertThat(scalars)
            .containsEntry("val/top1", score(json, "class", "top1"))
            .containsEntry("val/top5", score(json, "class", "top5"))
            .containsEntry("val/loss", score(json, "class", "loss"))
            .containsEntry("val/joint/top1", score(json, "joint", "top1"))
            .containsKeys("train/epoch-loss", "val-ema/top1", "val-ema/joint/loss");
      }
    }
    assertThat(next.hasNext()).isFalse();
    assertThat(Files.readString(training.out("on").resolve("recipe.yaml")))
        .contains("\ntensorboard: true\n");
    assertThat(Files.readString(training.out("off").resolve("recipe.yaml")))
        .contains("\ntensorboard: false\n");
  }

  private static Float score(JsonValue line, String head, String score) throws Exception {
    return (float) line.get("evaluation").get(head).get(score).asDouble();
  }

  @Test
  void aRunThatIsResumedBeginsANewFileWithTheStepsThatAreDoneAgain() throws Exception {
    training.train("run", TinyTraining.options(ON, "--max-steps", "4"));
    List<Path> before = EventFileReader.files(training.out("run"));
    byte[] first = Files.readAllBytes(before.getFirst());
    training.train("run", TinyTraining.options(ON, "--resume"));
    List<Path> files = EventFileReader.files(training.out("run"));
    assertThat(files).hasSize(2).startsWith(before.getFirst());
    assertThat(files.getFirst()).hasBinaryContent(first);
    List<Event> events = EventFileReader.read(files.get(1));
    assertThat(events.get(1).sessionStatus()).as("START").isEqualTo(1);
    assertThat(events.get(1).step()).isEqualTo(5);
    List<Long> steps = new ArrayList<>();
    for (Event event : events.subList(2, events.size())) {
      if (event.scalars().containsKey("train/lr")) {
        steps.add(event.step());
      }
    }
    assertThat(steps).containsExactly(5L, 6L);
  }
}
