package io.github.deit4j.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.testing.EventFileReader;
import io.github.deit4j.testing.EventFileReader.Event;
import io.github.deit4j.weights.CannotWriteException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
  private static final Instant NOW = Instant.parse("2026-11-30T13:14:15.5Z");
  private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

  @TempDir Path folder;

  @Test
  void everyEventIsReadBack() throws Exception {
    try (EventFile file = EventFile.create(folder, 0, CLOCK)) {
      file.add(1, new TreeMap<>(Map.of("train/loss", 2.5, "train/lr", 1e-3)));
      file.add(300_000_000_000L, Map.of("val/top1", 0.75, "größe", -0.0));
      file.add(3, Map.of("x".repeat(300), Double.MAX_VALUE));
    }
    List<Path> files = EventFileReader.files(folder);
    assertThat(files.getFirst().getFileName())
        .hasToString("events.out.tfevents.1796044455.deit4j.0");
    List<Event> events = EventFileReader.read(files.getFirst());
    assertThat(events).hasSize(4).allMatch(event -> event.wallTime() == 1796044455.5);
    assertThat(events.getFirst())
        .isEqualTo(new Event(1796044455.5, 0, "brain.Event:2", 0, Map.of()));
    assertThat(events.get(1).step()).isEqualTo(1);
    assertThat(events.get(1).scalars()).isEqualTo(Map.of("train/loss", 2.5f, "train/lr", 1e-3f));
    assertThat(events.get(2).step()).isEqualTo(300_000_000_000L);
    assertThat(events.get(2).scalars()).isEqualTo(Map.of("val/top1", 0.75f, "größe", -0f));
    assertThat(events.get(3).scalars()).isEqualTo(Map.of("x".repeat(300), Float.POSITIVE_INFINITY));
  }

  /**
   * The first record of every file, of which all bytes are known: field 1 is fixed64 (tag 09), 2 a
   * varint (10), 3 bytes (1a). The checksums were computed by the definition of CRC-32C
   * (Castagnoli), bit by bit, in the reader below and by hand with Python.
   */
  @Test
  void theBytesOfTheFirstRecord() throws Exception {
    try (EventFile file = EventFile.create(folder, 0, Clock.fixed(Instant.EPOCH, ZoneOffset.UTC))) {
      assertThat(file).isNotNull();
    }
    byte[] bytes = Files.readAllBytes(EventFileReader.files(folder).getFirst());
    assertThat(HexFormat.of().formatHex(bytes))
        .isEqualTo(
            "1a00000000000000"
                + "129bd82d"
                + "090000000000000000"
                + "1000"
                + "1a0d627261696e2e4576656e743a32"
                + "31e6c78b");
  }

  @Test
  void aRunThatGoesOnBeginsAFileThatTakesStepsBack() throws Exception {
    for (long restart : new long[] {0, 8}) {
      try (EventFile file = EventFile.create(folder, restart, CLOCK)) {
        file.add(restart + 1, Map.of("train/loss", 1.0));
      }
    }
    List<Path> files = EventFileReader.files(folder);
    assertThat(files).hasSize(2);
    assertThat(files.get(1).getFileName()).hasToString("events.out.tfevents.1796044455.deit4j.1");
    List<Event> events = EventFileReader.read(files.get(1));
    int start = 1; // of SessionLog.SessionStatus
    assertThat(events.get(1)).isEqualTo(new Event(1796044455.5, 8, "", start, Map.of()));
    assertThat(events.get(2).step()).isEqualTo(9);
  }

  @Test
  void theReaderSeesDamage() throws Exception {
    try (EventFile file = EventFile.create(folder, 0, CLOCK)) {
      file.add(1, Map.of("train/loss", 2.5));
    }
    Path path = EventFileReader.files(folder).getFirst();
    byte[] bytes = Files.readAllBytes(path);
    for (int i = 0; i < bytes.length; i++) {
      byte[] damaged = bytes.clone();
      damaged[i] ^= 1;
      Files.write(path, damaged);
      assertThatThrownBy(() -> EventFileReader.read(path)).as("byte %d", i).isNotNull();
    }
  }

  @Test
  void aFolderThatIsNotThere() {
    assertThatThrownBy(() -> EventFile.create(folder.resolve("none"), 0))
        .isInstanceOf(CannotWriteException.class);
  }

  @Test
  void metricsHaveTagsByWhatTheyAreOf() {
    Map<String, Object> scores = Map.of("top1", 0.5, "loss", 2.0);
    Map<String, Object> line =
        Map.of(
            "epoch",
            3,
            "loss",
            2.5f,
            "lr",
            1e-3,
            "seconds",
            0.5,
            "images_per_second",
            64.0,
            "evaluation",
            Map.of("class", scores, "joint", scores),
            "evaluation-ema",
            Map.of("class", Map.of("top5", 0.9)));
    assertThat(Scalars.of(line))
        .isEqualTo(
            Map.of(
                "train/loss", 2.5,
                "train/lr", 1e-3,
                "train/images_per_second", 64.0,
                "val/top1", 0.5,
                "val/loss", 2.0,
                "val/joint/top1", 0.5,
                "val/joint/loss", 2.0,
                "val-ema/top5", 0.9));
  }
}
