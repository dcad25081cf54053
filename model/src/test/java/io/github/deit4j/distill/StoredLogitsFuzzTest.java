package io.github.deit4j.distill;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.json.JsonException;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.testing.FuzzedFormat;
import io.github.deit4j.weights.FormatException;
import io.github.deit4j.weights.SafetensorsWriter;
import io.github.deit4j.weights.SafetensorsWriter.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A teacher's stored logits are loaded, or the file is named. */
class StoredLogitsFuzzTest extends FuzzedFormat {
  @Override
  protected List<byte[]> examples() throws IOException {
    return List.of(
        file("[\"a\",\"b\"]", 3, 2), file("[]", 2, 0), file("[\"a\"]", 0, 1), file("{}", 1, 1));
  }

  private byte[] file(String classes, int images, int columns) throws IOException {
    Path path = folder().resolve("seed.safetensors");
    SafetensorsWriter.write(
        path,
        Map.of("classes", classes),
        List.of(
            Entry.of("logits", Shape.of(images, columns), new float[images * columns]),
            Entry.of("digests", Shape.of(images, 2), new long[2 * images])));
    return Files.readAllBytes(path);
  }

  @Override
  protected boolean read(byte[] content) throws IOException {
    Path path = Files.write(folder().resolve("fuzz.safetensors"), content);
    try (Teacher teacher = StoredLogits.load(path)) {
      assertThat(teacher.classNames()).isNotNull();
      return true;
    } catch (FormatException | JsonException e) {
      assertThat(e).hasMessageContaining(path.toString());
      return false;
    }
  }
}
