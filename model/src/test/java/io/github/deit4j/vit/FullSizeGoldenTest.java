package io.github.deit4j.vit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import io.github.deit4j.golden.Closeness;
import io.github.deit4j.golden.Golden;
import io.github.deit4j.golden.GoldenModel;
import io.github.deit4j.golden.HashFill;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.testing.Tensors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Golden item 4: models of the real sizes whose weights are computed by a hash. */
class FullSizeGoldenTest {
  private static final String FOLDER = "04-full-size/";

  /** In BF16, of the length of the logits, and of an activation's length. */
  private static final double BF16_RTOL = 0.02;

  @TestFactory
  List<DynamicTest> hashTestVectors() throws IOException {
    var tests = new ArrayList<DynamicTest>();
    for (JsonValue vector : Golden.json(FOLDER + "hash-test-vectors.json").items()) {
      String name = vector.get("name").asString();
      String label = "'%s' %s".formatted(name, vector.get("index").value());
      tests.add(DynamicTest.dynamicTest(label, () -> assertVector(vector, name)));
    }
    assertThat(tests).isNotEmpty();
    return tests;
  }

  private static void assertVector(JsonValue vector, String name) throws IOException {
    int index = vector.get("index").asInt();
    var fill = new HashFill(Long.parseUnsignedLong(vector.get("seed").asString()));
    assertThat(HashFill.fnv1a64(name)).isEqualTo(hex(vector.get("fnv1a64")));
    assertThat(fill.hash(name, index)).isEqualTo(hex(vector.get("hash")));
    assertThat(HashFill.unit(fill.hash(name, index))).isEqualTo(vector.get("u").asDouble());
    assertThat(fill.values(name, index + 1L, 0, 0.05)[index])
        .isEqualTo((float) vector.get("value_0p05").asDouble());
    assertThat(fill.values(name, index + 1L, 1, 0.1)[index])
        .isEqualTo((float) vector.get("value_1_0p1").asDouble());
  }

  private static long hex(JsonValue text) throws IOException {
    return Long.parseUnsignedLong(text.asString().substring(2), 16);
  }

  @TestFactory
  List<DynamicNode> models() throws IOException {
    return models(4, FOLDER + "deit_");
  }

  /** Returns the tests of an item's models, those with a JSON file of this prefix. */
  static List<DynamicNode> models(int item, String prefix) throws IOException {
    var nodes = new ArrayList<DynamicNode>();
    for (String name : names(item, prefix)) {
      nodes.add(DynamicContainer.dynamicContainer(name, tests(name)));
    }
    return nodes;
  }

  /** Returns the models' files without their endings. */
  private static List<String> names(int item, String prefix) throws IOException {
    var names =
        Golden.entries(item).stream()
            .map(Golden.Entry::file)
            .filter(file -> file.startsWith(prefix) && file.endsWith(".json"))
            .map(file -> file.replace(".json", ""))
            .toList();
    assertThat(names).as("models of golden item %d", item).isNotEmpty();
    return names;
  }

  /** Returns the tests of one model's forward pass alone: of a tiny one where there is one. */
  static DynamicNode forward(Supplier<Backend> backends) throws IOException {
    List<String> names = names(4, FOLDER + "deit_");
    String name =
        names.stream().filter(each -> each.contains("tiny")).findFirst().orElse(names.getFirst());
    return DynamicContainer.dynamicContainer(name, forwardTests(name, backends));
  }

  private static List<DynamicTest> forwardTests(String name, Supplier<Backend> backends)
      throws IOException {
    JsonValue json = Golden.json(name + ".json");
    try (Backend backend = backends.get();
        FullSizeModel model = new FullSizeModel(backend, json)) {
      var tests = new ArrayList<DynamicTest>();
      model.forward();
      addDigestTests(tests, "activation ", model.activations(), json.get("activations"), 1e-4, 0);
      addPrediction(tests, model, json);
      addFileTests(tests, name, List.of("-logits", "-logits-f64"), model, json);
      return tests;
    }
  }

  /** In BF16 twelve blocks, each of which rounds its factors. */
  @TestFactory
  List<DynamicNode> inBf16() throws IOException {
    var nodes = new ArrayList<DynamicNode>();
    for (String name : names(4, FOLDER + "deit_")) {
      nodes.add(DynamicContainer.dynamicContainer(name, bf16Tests(name)));
    }
    return nodes;
  }

  private static List<DynamicTest> bf16Tests(String name) throws IOException {
    JsonValue json = Golden.json(name + ".json");
    int threads = Runtime.getRuntime().availableProcessors();
    try (Backend backend = new CpuBackend(threads, Precision.BF16);
        FullSizeModel model = new FullSizeModel(backend, json)) {
      model.forward();
      Map<String, float[]> computed = model.activations();
      JsonValue digests = json.get("activations");
      var tests = new ArrayList<DynamicTest>();
      for (String tensor : digests.keys()) {
        double norm = norm(computed.get(tensor));
        double expected = digests.get(tensor).get("l2_f64").asDouble();
        tests.add(
            DynamicTest.dynamicTest(
                "activation " + tensor,
                () -> Golden.assertClose(tensor, norm, expected, 0, BF16_RTOL)));
      }
      String path = name + "-logits-f64.safetensors";
      if (Golden.listed(path)) {
        try (var file = Golden.open(path)) {
          for (String tensor : file.names()) {
            double[] expected = Closeness.widen(file.floats(tensor));
            float[] got = computed.get(tensor);
            tests.add(
                DynamicTest.dynamicTest(
                    tensor + " of " + path,
                    () ->
                        Closeness.ofLength(BF16_RTOL).require(tensor, got, expected, 5e-5, 1e-4)));
          }
        }
      }
      return tests;
    }
  }

  private static List<DynamicTest> tests(String name) throws IOException {
    JsonValue json = Golden.json(name + ".json");
    int threads = Runtime.getRuntime().availableProcessors();
    try (Backend backend = Backends.select("cpu", threads).backend();
        FullSizeModel model = new FullSizeModel(backend, json)) {
      var tests = new ArrayList<DynamicTest>();
      addFillTests(tests, backend, model, json);
      model.train();
      addDigestTests(tests, "activation ", model.activations(), json.get("activations"), 1e-4, 0);
      addDigestTests(tests, "gradient of ", model.gradients(), json.get("gradients"), 1e-3, 1e-3);
      addPrediction(tests, model, json);
      addLoss(tests, model, json);
      addFileTests(tests, name, List.of("-logits", "-logits-f64", "-some-grads"), model, json);
      return tests;
    }
  }

  private static void addFillTests(
      List<DynamicTest> tests, Backend backend, FullSizeModel model, JsonValue json)
      throws IOException {
    List<Parameter> parameters = model.parameters();
    List<JsonValue> table = json.get("parameters").items();
    long count = parameters.stream().mapToLong(p -> p.value().elements()).sum();
    tests.add(
        DynamicTest.dynamicTest(
            "parameter count",
            () -> assertThat(count).isEqualTo(json.get("parameter_count").asLong())));
    assertThat(parameters).as("parameters").hasSameSizeAs(table);
    for (JsonValue row : table) {
      String parameter = row.get("name").asString();
      float[] filled = Tensors.floats(backend, model.parameter(parameter).value());
      float[] first = floats(row.get("first8").asDoubles());
      float[] got = Arrays.copyOf(filled, first.length);
      tests.add(
          DynamicTest.dynamicTest(
              "fill of " + parameter, () -> assertThat(got).containsExactly(first)));
    }
    float[] input = model.input();
    tests.add(
        DynamicTest.dynamicTest(
            "fill of input",
            () -> {
              float[] first = floats(json.get("input_first8").asDoubles());
              assertThat(Arrays.copyOf(input, first.length)).containsExactly(first);
              Golden.assertClose("L2", norm(input), json.get("input_l2").asDouble(), 0, 1e-9);
            }));
  }

  private static void addDigestTests(
      List<DynamicTest> tests,
      String label,
      Map<String, float[]> computed,
      JsonValue digests,
      double normRtol,
      double rtol)
      throws IOException {
    for (String tensor : digests.keys()) {
      JsonValue digest = digests.get(tensor);
      assertThat(computed).containsKey(tensor);
      float[] all = computed.get(tensor);
      // Not the whole tensor, which the test would keep until it runs.
      double norm = norm(all);
      float[] first = Arrays.copyOf(all, digest.get("first8_f64").asDoubles().length);
      tests.add(
          DynamicTest.dynamicTest(
              label + tensor, () -> assertDigest(tensor, norm, first, digest, normRtol, rtol)));
    }
  }

  private static void assertDigest(
      String tensor, double norm, float[] first, JsonValue digest, double normRtol, double rtol)
      throws IOException {
    double atol = 1e-4 * digest.get("max_abs_f64").asDouble();
    for (String precision : List.of("_f32", "_f64")) {
      double l2 = digest.get("l2" + precision).asDouble();
      Golden.assertClose(tensor + " L2" + precision, norm, l2, 0, normRtol);
      double[] expected = digest.get("first8" + precision).asDoubles();
      Golden.assertClose(tensor + " first" + precision, first, expected, atol, rtol);
    }
  }

  private static void addPrediction(List<DynamicTest> tests, FullSizeModel model, JsonValue json) {
    tests.add(
        DynamicTest.dynamicTest(
            "predicted class",
            () ->
                assertThat(model.predictedClasses())
                    .containsExactly(json.get("predicted_class").asInts())));
  }

  private static void addLoss(List<DynamicTest> tests, FullSizeModel model, JsonValue json)
      throws IOException {
    tests.add(
        DynamicTest.dynamicTest(
            "training loss",
            () -> {
              for (String precision : List.of("loss_f32", "loss_f64")) {
                double loss = json.get("training_loss").get(precision).asDouble();
                Golden.assertClose(precision, model.loss(), loss, 1e-5, 1e-5);
              }
            }));
    if (json.has("bce_loss")) {
      tests.add(DynamicTest.dynamicTest("binary cross entropy", () -> assertBinary(model, json)));
    }
  }

  private static void assertBinary(FullSizeModel model, JsonValue json) throws IOException {
    for (String precision : List.of("loss_f32", "loss_f64")) {
      double loss = json.get("bce_loss").get(precision).asDouble();
      Golden.assertClose(precision, model.binaryLoss(), loss, 1e-5, 1e-5);
    }
  }

  private static void addFileTests(
      List<DynamicTest> tests, String name, List<String> kinds, FullSizeModel model, JsonValue json)
      throws IOException {
    for (String kind : kinds) {
      String path = name + kind + ".safetensors";
      if (!Golden.listed(path)) {
        continue;
      }
      boolean logits = kind.startsWith("-logits");
      Map<String, float[]> computed = logits ? model.activations() : model.gradients();
      try (var file = Golden.open(path)) {
        for (String tensor : file.names()) {
          double atol =
              logits
                  ? 5e-5
                  : 1e-4 * json.get("gradients").get(tensor).get("max_abs_f64").asDouble();
          double rtol = logits ? 1e-4 : 1e-3;
          float[] expected = GoldenModel.withoutKeyBias(tensor, file.floats(tensor));
          float[] got = GoldenModel.withoutKeyBias(tensor, computed.get(tensor));
          tests.add(
              DynamicTest.dynamicTest(
                  tensor + " of " + path,
                  () -> Golden.assertClose(tensor, got, expected, atol, rtol)));
        }
      }
    }
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
