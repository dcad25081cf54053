package io.github.deit4j.distill;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.testing.FuzzedFormat;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** A teacher's stored draws are loaded and read to the end, or the file is named. */
class StoredDrawsFuzzTest extends FuzzedFormat {
  @Override
  protected List<byte[]> examples() throws IOException {
    return List.of(
        file(DistillationType.HARD, 2, 1),
        file(DistillationType.HARD, 300, 2),
        file(DistillationType.SOFT, 3, 2));
  }

  private static byte[] file(DistillationType type, int classes, int epochs) throws IOException {
    var info =
        new DrawsInfo(
            type,
            Collections.nCopies(classes, "c"),
            epochs,
            2,
            3,
            5,
            Map.of("seed", "0"),
            Map.of("teacher", "abc"),
            "us");
    Path path = folder().resolve("seed.safetensors");
    DrawsWriter.open(path, info).close();
    Path part = DrawsWriter.part(path);
    try (DrawsFile file = DrawsFile.openToWrite(part)) {
      for (int step = 0; step <= file.contentsStep(); step++) {
        byte[] answers = file.readUnchecked(step);
        answers[step] = 1;
        file.write(step, answers);
      }
    }
    byte[] content = Files.readAllBytes(part);
    Files.delete(part);
    return content;
  }

  /** With the checksums that the answers should have. */
  @Override
  protected byte[] repaired(byte[] input) {
    try {
      Path path = Files.write(folder().resolve("repaired.safetensors"), input);
      try (DrawsFile file = DrawsFile.openToWrite(path)) {
        for (int step = 0; step <= file.contentsStep(); step++) {
          file.write(step, file.readUnchecked(step));
        }
      }
      return Files.readAllBytes(path);
    } catch (IOException e) {
      return input;
    }
  }

  @Override
  protected boolean read(byte[] content) throws IOException {
    Path path = Files.write(folder().resolve("fuzz.safetensors"), content);
    try (StoredDraws draws = StoredDraws.load(path)) {
      assertThat(draws.contents()).hasSize(draws.info().images());
      assertThat(draws.digest()).hasSize(64);
      DrawsInfo info = draws.info();
      float[] row = new float[info.classes()];
      for (int step = 0; step < info.steps(); step++) {
        int first = step % info.stepsPerEpoch() * info.batch();
        draws.row(step / info.stepsPerEpoch(), first, row, 0);
      }
      return true;
    } catch (FormatException | JsonException e) {
      assertThat(e).hasMessageContaining(path.toString());
      return false;
    }
  }
}
