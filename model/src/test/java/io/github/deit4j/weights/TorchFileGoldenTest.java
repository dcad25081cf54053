package io.github.deit4j.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.golden.Golden;
import io.github.deit4j.golden.Golden.Entry;
import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Golden item 11: PyTorch files, good and bad. */
class TorchFileGoldenTest {
  private static final String WEIGHTS = "01-forward/distilled-weights.safetensors";

  /** Files whose weights were rounded before they were saved. */
  private static final List<String> ROUNDED = List.of("half", "bfloat16");

  @TestFactory
  Stream<DynamicTest> malformedFilesAreRefused() throws IOException {
    return files(entry -> !entry.valid())
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.file(),
                    () ->
                        assertThatThrownBy(() -> WeightFile.open(Golden.path(entry.file())).close())
                            .isInstanceOf(FormatException.class)
                            .hasMessageStartingWith(Golden.path(entry.file()) + ": ")));
  }

  @TestFactory
  Stream<DynamicTest> valuesAreBitExact() throws IOException {
    return files(entry -> entry.valid() && ROUNDED.stream().noneMatch(entry.file()::contains))
        .map(entry -> DynamicTest.dynamicTest(entry.file(), () -> assertSameBits(entry.file())));
  }

  private static Stream<Entry> files(Predicate<Entry> filter) throws IOException {
    var files =
        Golden.entries(11).stream()
            .filter(entry -> entry.file().endsWith(".pth"))
            .filter(filter)
            .toList();
    assertThat(files).isNotEmpty();
    return files.stream();
  }

  /** The control file has some of the weights, the others have all. */
  private static void assertSameBits(String name) throws IOException {
    try (var got = WeightFile.open(Golden.path(name));
        var expected = Golden.open(WEIGHTS)) {
      if (!name.contains("control")) {
        assertThat(got.tensors().keySet()).containsExactlyInAnyOrderElementsOf(expected.names());
      }
      for (String tensor : got.tensors().keySet()) {
        assertThat(got.tensors().get(tensor).shape())
            .isEqualTo(expected.tensors().get(tensor).shape());
        assertThat(bits(got.floats(tensor))).as(tensor).isEqualTo(bits(expected.floats(tensor)));
      }
    }
  }

  private static int[] bits(float[] values) {
    var bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }
}
