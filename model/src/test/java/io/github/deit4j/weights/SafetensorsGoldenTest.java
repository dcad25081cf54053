package io.github.deit4j.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.golden.Golden;
import io.github.deit4j.golden.Golden.Entry;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

class SafetensorsGoldenTest {
  private static final String FOLDER = "11-checkpoints/";
  private static final String WEIGHTS = "01-forward/distilled-weights.safetensors";

  @TestFactory
  Stream<DynamicTest> malformedFilesAreRefused() throws IOException {
    return files(Golden.entries(11), entry -> !entry.valid())
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.file(),
                    () ->
                        assertThatThrownBy(() -> Golden.open(entry.file()).close())
                            .isInstanceOf(FormatException.class)
                            .hasMessageStartingWith(Golden.path(entry.file()) + ": ")));
  }

  @TestFactory
  Stream<DynamicTest> validFilesHaveTheTensorsOfTheManifest() throws IOException {
    return files(Golden.entries(), Entry::valid)
        .map(entry -> DynamicTest.dynamicTest(entry.file(), () -> assertTensors(entry)));
  }

  private static Stream<Entry> files(List<Entry> entries, Predicate<Entry> filter) {
    var files =
        entries.stream()
            .filter(entry -> entry.file().endsWith(".safetensors"))
            .filter(filter)
            .toList();
    assertThat(files).isNotEmpty();
    return files.stream();
  }

  private static void assertTensors(Entry entry) throws IOException {
    try (var file = Golden.open(entry.file())) {
      var names = new ArrayList<String>();
      for (JsonValue tensor : entry.json().get("tensors").items()) {
        String name = tensor.get("name").asString();
        names.add(name);
        var info = file.tensors().get(name);
        assertThat(info).as(name).isNotNull();
        assertThat(info.dtype()).isEqualTo(DType.valueOf(tensor.get("dtype").asString()));
        assertThat(info.shape()).isEqualTo(Shape.of(tensor.get("shape").asInts()));
        assertElements(file, info);
      }
      assertThat(file.names()).containsExactlyInAnyOrderElementsOf(names);
    }
  }

  private static void assertElements(SafetensorsFile file, TensorInfo tensor) throws IOException {
    if (tensor.isFloatingPoint()) {
      assertThat(file.floats(tensor.name())).hasSize((int) tensor.shape().elements());
    } else {
      assertThat(file.longs(tensor.name())).hasSize((int) tensor.shape().elements());
    }
  }

  @TestFactory
  Stream<DynamicTest> valuesAreBitExact() throws IOException {
    var tests = new ArrayList<DynamicTest>();
    addBitTest(tests, "timm-model.safetensors", WEIGHTS);
    addBitTest(tests, "valid-reordered.safetensors", WEIGHTS);
    addBitTest(
        tests,
        "valid-mixed-dtypes.safetensors",
        FOLDER + "valid-mixed-dtypes-expected.safetensors");
    addBitTest(tests, "malformed/00-control-valid.safetensors", WEIGHTS);
    return tests.stream();
  }

  private static void addBitTest(List<DynamicTest> tests, String name, String expected)
      throws IOException {
    String file = FOLDER + name;
    if (Golden.listed(file)) {
      Executable test = () -> assertSameBits(file, expected);
      tests.add(DynamicTest.dynamicTest(file, test));
    }
  }

  /** The control file has some of the expected file's tensors, the others have all. */
  private static void assertSameBits(String gotFile, String expectedFile) throws IOException {
    try (var got = Golden.open(gotFile);
        var expected = Golden.open(expectedFile)) {
      if (!gotFile.contains("control")) {
        assertThat(got.names()).containsExactlyInAnyOrderElementsOf(expected.names());
      }
      for (String name : got.names()) {
        assertThat(bits(got.floats(name))).as(name).isEqualTo(bits(expected.floats(name)));
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
