package io.github.deit4j.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.golden.Golden;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.weights.PositionEmbedding.Method;
import io.github.deit4j.weights.PositionEmbedding.PatchGrid;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class PositionEmbeddingGoldenTest {
  private static final String FILE = "05-pos-embed/pos-embed.safetensors";
  private static final String FLOAT64_FILE = "05-pos-embed/pos-embed-f64.safetensors";

  @TestFactory
  Stream<DynamicTest> resizes() throws IOException {
    var tests = new ArrayList<DynamicTest>();
    var cases = Golden.json("05-pos-embed/cases.json").items();
    assertThat(cases).isNotEmpty();
    for (JsonValue testCase : cases) {
      addTests(tests, testCase, testCase.get("output_deit").asString(), Method.BICUBIC);
      addTests(tests, testCase, testCase.get("output_timm").asString(), Method.BICUBIC_ANTIALIASED);
    }
    return tests.stream();
  }

  private static void addTests(
      List<DynamicTest> tests, JsonValue testCase, String output, Method method)
      throws IOException {
    // The reference computes source coordinates in float32, hence the larger tolerance.
    tests.add(
        DynamicTest.dynamicTest(
            output, () -> assertResized(testCase, FILE, output, method, 2e-5, 1e-5)));
    if (Golden.listed(FLOAT64_FILE)) {
      tests.add(
          DynamicTest.dynamicTest(
              output + " float64",
              () -> assertResized(testCase, FLOAT64_FILE, output, method, 1e-6, 1e-6)));
    }
  }

  private static void assertResized(
      JsonValue testCase, String file, String output, Method method, double atol, double rtol)
      throws IOException {
    int[] oldGrid = testCase.get("old_grid").asInts();
    int[] newGrid = testCase.get("new_grid").asInts();
    try (var inputs = Golden.open(FILE);
        var outputs = Golden.open(file)) {
      float[] resized =
          PositionEmbedding.resize(
              inputs.floats(testCase.get("input").asString()),
              testCase.get("prefix_tokens").asInt(),
              new PatchGrid(oldGrid[0], oldGrid[1]),
              new PatchGrid(newGrid[0], newGrid[1]),
              testCase.get("dim").asInt(),
              method);
      Golden.assertClose(output, resized, outputs.floats(output), atol, rtol);
    }
  }
}
