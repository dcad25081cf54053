package io.github.deit4j.regnet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.golden.Golden;
import io.github.deit4j.golden.HashFill;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.testing.Tensors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Golden item 10: RegNetYs of the real sizes whose weights are computed by a hash. */
class RegNetFullSizeGoldenTest {
  @TestFactory
  List<DynamicNode> models() throws IOException {
    var nodes = new ArrayList<DynamicNode>();
    for (var entry : Golden.entries(10)) {
      String file = entry.file().substring(GoldenRegNet.FOLDER.length());
      if (file.startsWith("regnety_") && file.endsWith(".json")) {
        String name = file.replace(".json", "");
        nodes.add(DynamicContainer.dynamicContainer(name, tests(name)));
      }
    }
    assertThat(nodes).as("full-size models of golden item 10").isNotEmpty();
    return nodes;
  }

  private static List<DynamicTest> tests(String name) throws IOException {
    JsonValue json = Golden.json(GoldenRegNet.FOLDER + name + ".json");
    var fill = new HashFill(Long.parseUnsignedLong(json.get("seed").value().toString()));
    int classes = shape(json, "head.fc.weight")[0];
    RegNetConfig config =
        GoldenRegNet.config(json.get("config"), json.get("resolution").asInt(), classes);
    var tests = new ArrayList<DynamicTest>();
    tests.add(
        DynamicTest.dynamicTest(
            "sizes and parameter count",
            () -> {
              assertThat(RegNetFamily.INSTANCE.config(name).withClasses(classes).stages())
                  .isEqualTo(config.stages());
              assertThat(config.parameterCount()).isEqualTo(json.get("parameter_count").asLong());
            }));
    Map<String, float[]> computed = compute(config, json, fill, tests);
    addDigestTests(tests, computed, json.get("activations"));
    addFileTests(tests, name, computed);
    tests.add(
        DynamicTest.dynamicTest(
            "predicted class",
            () ->
                assertThat(predicted(computed.get("logits"), classes))
                    .containsExactly(json.get("predicted_class").asInts())));
    return tests;
  }

  private static int[] shape(JsonValue json, String name) throws IOException {
    for (JsonValue row : json.get("parameters").items()) {
      if (row.get("name").asString().equals(name)) {
        return row.get("shape").asInts();
      }
    }
    throw new AssertionError("no parameter " + name);
  }

  private static Map<String, float[]> compute(
      RegNetConfig config, JsonValue json, HashFill fill, List<DynamicTest> tests)
      throws IOException {
    int threads = Runtime.getRuntime().availableProcessors();
    var computed = new LinkedHashMap<String, float[]>();
    try (Backend backend = Backends.select("auto", threads).backend();
        var model = new RegNet(backend, config, false, 0);
        var step = backend.arena("step", Long.MAX_VALUE)) {
      Map<String, Parameter> tensors = GoldenRegNet.tensors(model);
      for (JsonValue row : json.get("parameters").items()) {
        String name = row.get("name").asString();
        if (!GoldenRegNet.isBatchCounter(name)) {
          assertThat(tensors).as("the model's tensors").containsKey(name);
          Tensors.write(backend, tensors.remove(name).value(), values(fill, row, tests));
        }
      }
      assertThat(tensors.keySet()).as("tensors without values").isEmpty();
      JsonValue input = json.get("input");
      float[] pixels = values(fill, input, tests);
      Tensor images = Tensors.of(backend, step, pixels, input.get("shape").asInts());
      ForwardPass pass =
          ForwardPass.evaluation(Ops.inference(backend, step))
              .observedBy((name, x) -> computed.put(name, GoldenRegNet.channelsFirst(backend, x)));
      computed.put("logits", Tensors.floats(backend, model.forward(pass, images).classLogits()));
    }
    return computed;
  }

  private static float[] values(HashFill fill, JsonValue row, List<DynamicTest> tests)
      throws IOException {
    String name = row.get("name").asString();
    long count = Arrays.stream(row.get("shape").asInts()).asLongStream().reduce(1, (a, b) -> a * b);
    float[] values =
        fill.values(name, count, row.get("offset").asDouble(), row.get("scale").asDouble());
    double[] first = row.get("first8").asDoubles();
    float[] got = Arrays.copyOf(values, first.length);
    tests.add(
        DynamicTest.dynamicTest(
            "fill of " + name, () -> Golden.assertClose(name, got, first, 0, 1e-7)));
    return values;
  }

  private static void addDigestTests(
      List<DynamicTest> tests, Map<String, float[]> computed, JsonValue digests)
      throws IOException {
    for (String tensor : digests.keys()) {
      JsonValue digest = digests.get(tensor);
      assertThat(computed).as("activations").containsKey(tensor);
      float[] got = computed.get(tensor);
      tests.add(
          DynamicTest.dynamicTest(
              "activation " + tensor,
              () -> {
                double atol = 1e-4 * digest.get("max_abs_f64").asDouble();
                for (String precision : List.of("_f32", "_f64")) {
                  double l2 = digest.get("l2" + precision).asDouble();
                  Golden.assertClose(tensor + " L2" + precision, norm(got), l2, 0, 1e-4);
                  double[] first = digest.get("first8" + precision).asDoubles();
                  Golden.assertClose(
                      tensor + " first" + precision,
                      Arrays.copyOf(got, first.length),
                      first,
                      atol,
                      0);
                }
              }));
    }
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  private static void addFileTests(
      List<DynamicTest> tests, String name, Map<String, float[]> computed) throws IOException {
    for (String path :
        GoldenRegNet.listed(name + "-logits.safetensors", name + "-logits-f64.safetensors")) {
      try (var file = Golden.open(path)) {
        for (String tensor : file.names()) {
          float[] expected = file.floats(tensor);
          float[] got = computed.get(tensor);
          tests.add(
              DynamicTest.dynamicTest(
                  tensor + " of " + path,
                  () -> Golden.assertClose(tensor, got, expected, 5e-5, 1e-4)));
        }
      }
    }
  }

  private static int[] predicted(float[] logits, int classes) {
    int[] predicted = new int[logits.length / classes];
    for (int i = 0; i < logits.length; i++) {
      int image = i / classes;
      if (logits[i] > logits[image * classes + predicted[image]]) {
        predicted[image] = i % classes;
      }
    }
    return predicted;
  }
}
