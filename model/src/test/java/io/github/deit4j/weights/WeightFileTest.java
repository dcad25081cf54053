package io.github.deit4j.weights;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.tensor.Shape;
import io.github.deit4j.weights.SafetensorsWriter.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightFileTest {
  @TempDir Path folder;

  private SafetensorsFile file() throws IOException {
    Path path = folder.resolve("w.safetensors");
    SafetensorsWriter.write(
        path,
        Map.of(),
        List.of(
            Entry.of("a", Shape.of(2), new float[2]),
            Entry.of("b", Shape.of(1, 2), new float[2]),
            Entry.of("c", Shape.of(1), new long[1]),
            Entry.of("d", Shape.of(3), new float[3])));
    return SafetensorsFile.open(path);
  }

  @Test
  void acceptsExactlyTheExpectedTensors() throws IOException {
    Path path = folder.resolve("w.safetensors");
    SafetensorsWriter.write(path, Map.of(), List.of(Entry.of("a", Shape.of(2), new float[2])));
    try (var file = SafetensorsFile.open(path)) {
      assertThatCode(() -> file.requireTensors(Map.of("a", Shape.of(2))))
          .doesNotThrowAnyException();
    }
  }

  @Test
  void listsEveryDifferenceAtOnce() throws IOException {
    var expected = new LinkedHashMap<String, Shape>();
    expected.put("missing", Shape.of(4));
    expected.put("a", Shape.of(2));
    expected.put("b", Shape.of(2, 1));
    expected.put("c", Shape.of(2));
    try (var file = file()) {
      assertThatThrownBy(() -> file.requireTensors(expected))
          .isInstanceOf(FormatException.class)
          .hasMessage(
              file.path()
                  + """
                  : expected exactly the model's tensors, found 5 differences:
                    missing: "missing" [4]
                    shape of "b": expected [2, 1], found [1, 2]
                    shape of "c": expected [2], found [1]
                    element type of "c": expected floating point, found I64
                    unexpected: "d" [3]""");
    }
  }
}
