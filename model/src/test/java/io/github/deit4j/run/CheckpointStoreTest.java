package io.github.deit4j.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.run.CheckpointStore.FileContent;
import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointStoreTest {
  private static final Identity IDENTITY = new Identity(Map.of("training-data", "cafe"));

  @TempDir Path run;

  private final List<String> reports = new ArrayList<>();
  private CheckpointStore store;

  @BeforeEach
  void open() throws IOException {
    store = CheckpointStore.open(run, 2, IDENTITY);
  }

  @Test
  void anEmptyStoreHasNoCheckpoint() throws IOException {
    assertThat(newest()).isEmpty();
  }

  @Test
  void savesAndFindsTheNewest() throws IOException {
    save(7, false);
    Checkpoint saved = save(10, false);
    Checkpoint found = newest().orElseThrow();
    assertThat(found.step()).isEqualTo(saved.step()).isEqualTo(10);
    assertThat(found.folder()).isEqualTo(run.resolve("checkpoints/step-10"));
    assertThat(found.file("model.safetensors")).hasContent("model 10");
    assertThat(found.file("optimizer.safetensors")).hasContent("optimizer 10");
    assertThat(found.state().get("epoch").asLong()).isEqualTo(11);
    assertThat(found.state().get("rate").asDouble()).isEqualTo(0.1f * 10);
    assertThat(run.resolve("latest")).hasContent("step-10\n");
    assertThat(reports).isEmpty();
  }

  @Test
  void keepsTheLastOnesAndTheBest() throws IOException {
    save(1, false);
    save(2, true);
    save(3, false);
    save(4, false);
    save(5, false);
    assertThat(entries()).containsExactlyInAnyOrder("step-2", "step-4", "step-5");
    assertThat(run.resolve("best")).hasContent("step-2\n");
    save(6, true);
    assertThat(entries()).containsExactlyInAnyOrder("step-5", "step-6");
    assertThat(run.resolve("best")).hasContent("step-6\n");
  }

  @Test
  void theBestOutlivesReopening() throws IOException {
    save(1, true);
    for (long step = 2; step < 6; step++) {
      store = CheckpointStore.open(run, 1, IDENTITY);
      save(step, false);
    }
    assertThat(entries()).containsExactlyInAnyOrder("step-1", "step-5");
  }

  @Test
  void aStepCanBeSavedAgain() throws IOException {
    save(3, false);
    store.save(3, Map.of("model.safetensors", text("other")), Map.of("epoch", 0L), true);
    Checkpoint found = newest().orElseThrow();
    assertThat(found.best()).isTrue();
    assertThat(found.file("model.safetensors")).hasContent("other");
    assertThat(found.file("optimizer.safetensors")).doesNotExist();
    assertThat(entries()).containsExactly("step-3");
    assertThat(run.resolve("best")).hasContent("step-3\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.safetensors", "optimizer.safetensors", Checkpoint.STATE, "all"})
  void aDamagedNewestIsReportedAndTheOneBeforeTaken(String file) throws IOException {
    save(1, false);
    Path damaged = save(2, false).folder();
    List<String> files =
        file.equals("all") ? List.of("model.safetensors", Checkpoint.STATE) : List.of(file);
    for (String name : files) {
      flipAByte(damaged.resolve(name));
    }
    assertThat(newest().orElseThrow().step()).isEqualTo(1);
    assertThat(reports).singleElement().asString().contains("step-2 is damaged");
    assertThat(damaged).isDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.safetensors", Checkpoint.STATE})
  void everyKindOfDamageShows(String name) throws IOException {
    save(1, false);
    Path file = save(2, false).folder().resolve(name);
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += 5) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(newest().orElseThrow().step()).as("cut to %d bytes", length).isEqualTo(1);
    }
    Files.write(file, Arrays.copyOf(whole, whole.length + 1));
    assertThat(newest().orElseThrow().step()).as("a byte more").isEqualTo(1);
    Files.delete(file);
    assertThat(newest().orElseThrow().step()).as("missing").isEqualTo(1);
    assertThat(reports).last().asString().contains(file + " is missing");
    Files.write(file, whole);
    assertThat(newest().orElseThrow().step()).as("whole again").isEqualTo(2);
  }

  @Test
  void aCheckpointUnderAnotherStepsNameIsDamaged() throws IOException {
    save(1, false);
    Files.move(save(2, false).folder(), run.resolve("checkpoints/step-3"));
    assertThat(newest().orElseThrow().step()).isEqualTo(1);
    assertThat(reports).singleElement().asString().contains("its state.json is of step 2");
  }

  @Test
  void onlyDamagedOnesAreAnErrorAndNotANewBeginning() throws IOException {
    flipAByte(save(1, false).file("model.safetensors"));
    flipAByte(save(2, false).file("model.safetensors"));
    assertThatThrownBy(this::newest)
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("only damaged ones: [step-2, step-1]");
  }

  @Test
  void savingGoesOnAfterADamagedOneAndReplacesIt() throws IOException {
    save(10, false);
    save(20, false);
    flipAByte(run.resolve("checkpoints/step-20/model.safetensors"));
    store = CheckpointStore.open(run, 1, IDENTITY);
    save(15, false);
    assertThat(entries()).containsExactly("step-15");
    save(20, false);
    assertThat(newest().orElseThrow().step()).isEqualTo(20);
  }

  @Test
  void anEarlierStepThanTheNewestIsRefused() throws IOException {
    save(20, false);
    assertThatThrownBy(() -> save(15, false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("resume from the newest one");
    assertThat(entries()).containsExactly("step-20");
  }

  @Test
  void aFullDiskLeavesWhatWasThere() throws IOException {
    save(1, false);
    FileContent tooLarge =
        file -> {
          Files.writeString(file, "half");
          throw new IOException("No space left on device");
        };
    assertThatThrownBy(() -> store.save(2, Map.of("model.safetensors", tooLarge), Map.of(), true))
        .isInstanceOf(CannotWriteException.class)
        .hasMessageContaining("step-2: No space left on device");
    assertThat(entries()).containsExactly("step-1");
    assertThat(run.resolve("latest")).hasContent("step-1\n");
    assertThat(newest().orElseThrow().step()).isEqualTo(1);
  }

  @Test
  void anUnwritableFolderIsNamed() throws IOException {
    Path file = Files.createFile(run.resolve("file"));
    assertThatThrownBy(() -> CheckpointStore.open(file, 1, IDENTITY))
        .isInstanceOf(CannotWriteException.class)
        .hasMessageContaining("cannot write " + file);
  }

  @Test
  void aStateThatJsonCannotHoldSavesNothing() throws IOException {
    save(1, false);
    assertThatThrownBy(() -> store.save(2, Map.of(), Map.of("loss", Double.NaN), false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(entries()).containsExactly("step-1");
  }

  @Test
  void openingClearsUpAfterAKilledProcess() throws IOException {
    save(1, false);
    Path folder = run.resolve("checkpoints");
    Files.createDirectories(folder.resolve(".step-2.tmp-1/x"));
    Files.createDirectories(folder.resolve(".step-0.removed-1"));
    Files.createDirectories(folder.resolve(".step-1.replaced-1"));
    CheckpointStore.open(run, 2, IDENTITY);
    assertThat(entries()).containsExactly("step-1");
    Files.move(folder.resolve("step-1"), folder.resolve(".step-1.replaced-1"));
    store = CheckpointStore.open(run, 2, IDENTITY);
    assertThat(newest().orElseThrow().step()).isEqualTo(1);
  }

  private Checkpoint save(long step, boolean best) throws IOException {
    return store.save(
        step,
        Map.of(
            "model.safetensors", text("model " + step),
            "optimizer.safetensors", text("optimizer " + step)),
        Map.of("epoch", step + 1, "rate", 0.1f * step),
        best);
  }

  private Optional<Checkpoint> newest() throws IOException {
    return store.newest(reports::add);
  }

  private static FileContent text(String text) {
    return file -> Files.writeString(file, text);
  }

  private List<String> entries() throws IOException {
    try (Stream<Path> entries = Files.list(run.resolve("checkpoints"))) {
      return entries.map(path -> path.getFileName().toString()).toList();
    }
  }

  /** Changes a byte in the middle, which is neither white space nor the end. */
  private static void flipAByte(Path path) throws IOException {
    try (var file = new RandomAccessFile(path.toFile(), "rw")) {
      long middle = file.length() / 2;
      file.seek(middle);
      int value = file.read();
      file.seek(middle);
      file.write(value ^ 1);
    }
  }

  /** Files that a checkpoint of somebody else's may name. */
  @ParameterizedTest
  @ValueSource(strings = {"/dev/zero", "../../secret", "..", "link", "folder", "pipe", ""})
  void namesAreOfFilesInTheCheckpoint(String name) throws Exception {
    save(1, false);
    Path newest = save(2, false).folder();
    Files.writeString(run.resolve("secret"), "");
    Files.createSymbolicLink(newest.resolve("link"), run.resolve("secret"));
    Files.createDirectory(newest.resolve("folder"));
    assertThat(new ProcessBuilder("mkfifo", newest.resolve("pipe").toString()).start().waitFor())
        .isZero();
    Map<String, Object> digest = JsonWriter.object("bytes", 0L, "sha256", Sha256.of(new byte[0]));
    Map<String, Object> tree = new LinkedHashMap<>();
    var state = Json.read(newest.resolve(Checkpoint.STATE));
    for (String key : state.keys()) {
      tree.put(key, state.get(key).value());
    }
    tree.remove("sha256");
    tree.put("files", Map.of(name, digest));
    tree.put("sha256", Sha256.of(JsonWriter.compact(tree).getBytes(StandardCharsets.UTF_8)));
    Files.writeString(newest.resolve(Checkpoint.STATE), JsonWriter.pretty(tree));
    Checkpoint found =
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> newest().orElseThrow());
    assertThat(found.step()).isEqualTo(1);
    assertThat(reports).singleElement().asString().contains("step-2 is damaged");
  }
}
