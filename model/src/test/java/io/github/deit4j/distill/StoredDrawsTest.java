package io.github.deit4j.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.Teacher.Place;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import io.github.deit4j.weights.CannotWriteException;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredDrawsTest {
  private static final int EPOCHS = 2;
  private static final int STEPS = 3;
  private static final int BATCH = 4;

  @TempDir Path folder;
  private Path target;
  private Backend backend;
  private TensorArena arena;
  private Ops ops;

  @BeforeEach
  void open() {
    target = folder.resolve("draws.safetensors");
    backend = Backends.select("cpu", 1).backend();
    arena = backend.arena("test");
    ops = Ops.inference(backend, arena);
  }

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  private static DrawsInfo info(DistillationType type, int classes) {
    List<String> names = IntStream.range(0, classes).mapToObj(Integer::toString).toList();
    return new DrawsInfo(
        type, names, EPOCHS, STEPS, BATCH, 5, Map.of("seed", "0"), Map.of("teacher", "t"), "us");
  }

  /** Different for each image, with the largest at one more class each time. */
  private static float[] logits(int step, int classes) {
    float[] logits = new float[BATCH * classes];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = 0.1f * ((i * 7 + step) % 5);
    }
    for (int image = 0; image < BATCH; image++) {
      logits[image * classes + (step * BATCH + image) * (classes - 1) / 23] = 3 + step;
    }
    return logits;
  }

  private void write(DrawsWriter writer, int step) throws IOException {
    int classes = writer.info().classes();
    Tensor all = Tensors.of(backend, arena, logits(step, classes), BATCH, classes);
    writer.add(ops, all.slice(0, 1));
    writer.add(ops, all.slice(1, BATCH));
    writer.endStep(step);
  }

  private void writeAll(DrawsInfo info) throws IOException {
    try (DrawsWriter writer = DrawsWriter.open(target, info)) {
      while (writer.missing() > 0) {
        write(writer, writer.nextMissing(0));
      }
      writer.finish();
    }
  }

  private Tensor ask(StoredDraws draws, int epoch, int position, int images) {
    return draws.logits(ops, arena.allocate(images, 1, 1, 1), new Place(epoch, position));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 256, 257, 65_537})
  void labelsComeBackAsLogitsWhoseLargestIsTheSame(int classes) throws IOException {
    writeAll(info(DistillationType.HARD, classes));
    assertThat(StoredDraws.isIn(target)).isTrue();
    try (StoredDraws draws = StoredDraws.load(target)) {
      for (int step = 0; step < EPOCHS * STEPS; step++) {
        Tensor expected = arena.allocate(BATCH, classes);
        Tensor logits = Tensors.of(backend, arena, logits(step, classes), BATCH, classes);
        backend.loss().hardLabels(expected, logits);
        Tensor found = ask(draws, step / STEPS, step % STEPS * BATCH, BATCH);
        assertThat(backend.toArray(found)).isEqualTo(backend.toArray(expected));
        arena.reset();
      }
    }
  }

  @Test
  void logitsComeBackAsTheyWereInWhateverPartsAndOrder() throws IOException {
    writeAll(info(DistillationType.SOFT, 3));
    assertThat(Files.size(target)).isEqualTo(info(DistillationType.SOFT, 3).fileBytes());
    try (StoredDraws draws = StoredDraws.load(target)) {
      assertThat(draws.classNames()).containsExactly("0", "1", "2");
      for (int step = EPOCHS * STEPS - 1; step >= 0; step--) {
        float[] expected = logits(step, 3);
        int first = step % STEPS * BATCH;
        float[] last = backend.toArray(ask(draws, step / STEPS, first + BATCH - 1, 1));
        assertThat(last).containsExactly(Arrays.copyOfRange(expected, 9, 12));
        assertThat(backend.toArray(ask(draws, step / STEPS, first, BATCH))).isEqualTo(expected);
      }
      float[] acrossSteps = backend.toArray(ask(draws, 0, BATCH - 1, 2));
      assertThat(acrossSteps).startsWith(Arrays.copyOfRange(logits(0, 3), 9, 12));
      assertThat(acrossSteps).endsWith(Arrays.copyOf(logits(1, 3), 3));
      assertThatThrownBy(() -> ask(draws, EPOCHS, 0, 1))
          .hasCauseInstanceOf(FormatException.class)
          .hasMessageContaining(
              "expected answers for image 1 of epoch 3, found such for 12 images");
      assertThatThrownBy(() -> ask(draws, 0, STEPS * BATCH, 1))
          .hasMessageContaining("expected answers for image 13 of epoch 1");
      Tensor images = arena.allocate(1, 1, 1, 1);
      assertThatThrownBy(() -> draws.logits(ops, images))
          .hasMessageContaining("expected the place of images in a run");
    }
  }

  /** What a machine leaves that lost its power: some steps written, some in part, in any order. */
  @Test
  void stepsThatAreNotWholeAreAskedForAgain() throws IOException {
    DrawsInfo info = info(DistillationType.SOFT, 3);
    writeAll(info);
    byte[] expected = Files.readAllBytes(target);
    Files.delete(target);
    try (DrawsWriter writer = DrawsWriter.open(target, info)) {
      assertThat(writer.missing()).isEqualTo(EPOCHS * STEPS);
      for (int step : new int[] {0, 1, 3, 4}) {
        write(writer, step);
      }
      assertThatThrownBy(writer::finish).hasMessageContaining("found 2 missing");
    }
    Path part = DrawsWriter.part(target);
    byte[] bytes = Files.readAllBytes(part);
    bytes[bytes.length - 5 * info.stepBytes()] ^= 8; // of step 1
    Files.write(part, bytes);
    try (DrawsWriter writer = DrawsWriter.open(target, info)) {
      assertThat(writer.nextMissing(0)).isEqualTo(1);
      assertThat(writer.nextMissing(2)).isEqualTo(2);
      assertThat(writer.nextMissing(3)).isEqualTo(5);
    }
    writeAll(info);
    assertThat(target).hasBinaryContent(expected);
    assertThat(part).doesNotExist();
  }

  @Test
  void contentsAreKeptAndComparedOverAnInterruption() throws IOException {
    DrawsInfo info = info(DistillationType.HARD, 3);
    try (DrawsWriter writer = DrawsWriter.open(target, info)) {
      assertThat(writer.isContent(2, 17)).isTrue();
      assertThat(writer.isContent(2, 0)).isTrue();
      assertThat(writer.isContent(4, -3)).isTrue();
      assertThat(writer.isContent(0, 0)).isTrue();
    }
    try (DrawsWriter writer = DrawsWriter.open(target, info)) {
      assertThat(writer.isContent(2, 18)).isFalse();
      assertThat(writer.isContent(2, 17)).isTrue();
    }
    writeAll(info);
    try (StoredDraws draws = StoredDraws.load(target)) {
      assertThat(draws.contents()).containsExactly(0, 0, 17, 0, -3);
    }
  }

  @Test
  void everyDamagedByteIsSeen() throws IOException {
    writeAll(info(DistillationType.HARD, 3));
    byte[] good = Files.readAllBytes(target);
    Path damaged = folder.resolve("damaged.safetensors");
    for (int at = 0; at < good.length; at++) {
      byte[] bytes = good.clone();
      bytes[at] ^= 4;
      Files.write(damaged, bytes);
      assertThatThrownBy(() -> StoredDraws.load(damaged).close())
          .as("byte %d of %d", at, good.length)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(damaged.toString());
    }
  }

  /** A file that another program has changed while it is open. */
  @Test
  void damageThatComesLaterIsSeenToo() throws IOException {
    writeAll(info(DistillationType.SOFT, 3));
    byte[] bytes = Files.readAllBytes(target);
    try (StoredDraws draws = StoredDraws.load(target)) {
      bytes[bytes.length - 1] ^= 1;
      Files.write(target, bytes);
      ask(draws, 0, 0, 1);
      assertThatThrownBy(() -> ask(draws, 1, 2 * BATCH, 1))
          .hasCauseInstanceOf(FormatException.class)
          .hasMessageContaining("expected the answers of step 6 as they were written");
      Files.write(target, Arrays.copyOf(bytes, bytes.length - 1));
      assertThatThrownBy(() -> ask(draws, 1, 2 * BATCH, 1)).hasMessageContaining("cut off");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HARD", "SOFT"})
  void answersThatAreNoNumbersAreRefused(DistillationType type) throws IOException {
    try (DrawsWriter writer = DrawsWriter.open(target, info(type, 3))) {
      float[] logits = {1, 0, 2, 0, Float.NaN, 0};
      Tensor tensor = Tensors.of(backend, arena, logits, 2, 3);
      assertThatThrownBy(() -> writer.add(ops, tensor))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining(target + ": expected logits that are numbers, found others about")
          .hasMessageContaining("image 1 of a step");
      assertThatThrownBy(() -> writer.endStep(0)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void oneWriterAtATime() throws IOException {
    DrawsInfo info = info(DistillationType.HARD, 3);
    try (DrawsWriter writer = DrawsWriter.open(target, info)) {
      assertThat(writer.missing()).isEqualTo(6);
      assertThatThrownBy(() -> DrawsWriter.open(target, info).close())
          .isInstanceOf(CannotWriteException.class)
          .hasMessageContaining("another process writes it");
    }
    assertThatThrownBy(() -> DrawsWriter.open(target, info(DistillationType.SOFT, 3)).close())
        .isInstanceOf(FormatException.class);
  }

  @Test
  void whatTheDiskHasNoSpaceForIsNotBegun() {
    List<String> names = IntStream.range(0, 1000).mapToObj(Integer::toString).toList();
    var info =
        new DrawsInfo(
            DistillationType.SOFT, names, 100_000, 2_000, 500_000, 5, Map.of(), Map.of(), "us");
    assertThatThrownBy(() -> DrawsWriter.open(target, info).close())
        .isInstanceOf(CannotWriteException.class)
        .hasMessageMatching(
            "cannot write .*: it takes 400,000,001,600,\\d{3},\\d{3} bytes, and [0-9,]+ are free.*");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aFolderThatIsNotThere() {
    Path nowhere = folder.resolve("none/draws.safetensors");
    assertThatThrownBy(() -> DrawsWriter.open(nowhere, info(DistillationType.HARD, 3)).close())
        .isInstanceOf(CannotWriteException.class)
        .hasMessageContaining("its folder does not exist");
  }

  @Test
  void otherFilesHoldNone() throws IOException {
    assertThat(StoredDraws.isIn(folder)).isFalse();
    assertThat(DrawsWriter.begun(target)).isEmpty();
    assertThat(DrawsWriter.complete(target)).isEmpty();
    assertThat(DrawsWriter.complete(folder)).isEmpty();
    assertThat(DrawsWriter.complete(Files.writeString(folder.resolve("text"), "x"))).isEmpty();
    Path logits = folder.resolve("logits.safetensors");
    new StoredLogits.Builder(backend, List.of("a")).write(logits);
    assertThat(StoredDraws.isIn(logits)).isFalse();
    assertThatThrownBy(() -> StoredDraws.load(logits).close())
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(logits.toString());
  }
}
