package io.github.deit4j.distill;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.DistillationLoss.ImageLosses;
import io.github.deit4j.distill.DistillationLoss.SoftReduction;
import io.github.deit4j.golden.Closeness;
import io.github.deit4j.golden.Golden;
import io.github.deit4j.golden.GoldenModel;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.ForwardPass.Draws;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import io.github.deit4j.train.Targets;
import io.github.deit4j.vit.VisionTransformer;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Golden item 2: every loss, and its gradient with respect to everything. */
class BackwardGoldenTest {
  private static final String FOLDER = "02-backward/";

  /** Measured: 2.2 % of gradients, 1.0 % of logits, 0.3 % of losses; about twice that. */
  private static final Closeness BF16 = Closeness.ofLength(0.05, 0.02);

  @TestFactory
  List<DynamicNode> cases() throws IOException {
    return cases(() -> Backends.select("cpu", 2).backend());
  }

  @TestFactory
  List<DynamicNode> casesInBf16() throws IOException {
    return cases(() -> new CpuBackend(2, Precision.BF16), BF16);
  }

  /** Returns the tests of all cases, each computed by a backend of its own. */
  static List<DynamicNode> cases(Supplier<Backend> backends) throws IOException {
    return cases(backends, Closeness.EACH);
  }

  private static List<DynamicNode> cases(Supplier<Backend> backends, Closeness closeness)
      throws IOException {
    var nodes = new ArrayList<DynamicNode>();
    for (JsonValue testCase : Golden.json(FOLDER + "cases.json").items()) {
      String name = testCase.get("case").asString();
      nodes.add(
          DynamicContainer.dynamicContainer(name, tests(name, testCase, backends, closeness)));
    }
    assertThat(nodes).as("cases of golden item 2").isNotEmpty();
    return nodes;
  }

  private static Stream<DynamicTest> tests(
      String name, JsonValue testCase, Supplier<Backend> backends, Closeness closeness)
      throws IOException {
    Map<String, double[]> computed;
    try (Backend backend = backends.get()) {
      computed = compute(backend, testCase);
    }
    var tests = new ArrayList<DynamicTest>();
    for (String suffix : List.of("", "-f64")) {
      String path = FOLDER + name + suffix + ".safetensors";
      if (Golden.listed(path)) {
        tests.addAll(comparisons(path, computed, closeness));
      }
    }
    for (String key : List.of("loss", "base_loss", "grad_norm")) {
      double expected = testCase.get(key + "_f64").asDouble();
      double rtol = key.equals("grad_norm") ? 1e-4 : 1e-5;
      tests.add(
          DynamicTest.dynamicTest(
              key + " of cases.json",
              () -> closeness.require(key, computed.get(key)[0], expected, 1e-5, rtol)));
    }
    for (String parameter : testCase.get("params_without_gradient").asStrings()) {
      tests.add(
          DynamicTest.dynamicTest(
              parameter + " has no gradient",
              () -> assertThat(computed.get("grad/" + parameter)).containsOnly(0.0)));
    }
    return tests.stream();
  }

  private static List<DynamicTest> comparisons(
      String path, Map<String, double[]> computed, Closeness closeness) throws IOException {
    var tests = new ArrayList<DynamicTest>();
    try (var file = Golden.open(path)) {
      assertThat(file.names())
          .as("gradients in %s", path)
          .containsAll(computed.keySet().stream().filter(key -> key.startsWith("grad/")).toList());
      for (String tensor : file.names()) {
        double[] expected = widen(file.floats(tensor));
        double rtol = tensor.endsWith("loss") ? 1e-5 : 1e-4;
        double atol = tensor.startsWith("logits") ? 5e-5 : 1e-5;
        tests.add(
            DynamicTest.dynamicTest(
                tensor + " of " + path,
                () -> {
                  assertThat(computed).containsKey(tensor);
                  closeness.require(tensor, computed.get(tensor), expected, atol, rtol);
                }));
      }
    }
    return tests;
  }

  /** Returns losses, logits and gradients by the names that the golden files have for them. */
  private static Map<String, double[]> compute(Backend backend, JsonValue testCase)
      throws IOException {
    try (VisionTransformer model = GoldenModel.load(backend, "distilled", true);
        TensorArena step = backend.arena("step", Long.MAX_VALUE);
        SafetensorsFile inputs = Golden.open(FOLDER + "inputs.safetensors")) {
      Tape tape = new Tape(backend, step);
      Tensor images = GoldenModel.tensor(backend, step, inputs, "input");
      tape.watch(images);
      Ops ops = Ops.recording(backend, step, tape);
      Logits logits = model.forward(ForwardPass.training(ops, new Draws(0, 0, 0)), images);
      Tensor teacher = GoldenModel.tensor(backend, step, inputs, "teacher_logits");
      Tensor targets =
          targets(backend, step, inputs, testCase.get("base").asString(), teacher.shape().size(1));
      ImageLosses losses =
          loss(testCase)
              .compute(backend, step, tape, logits, targets, teacher, images.shape().size(0));
      // The tape keeps no gradient of what an op made, once it has been played.
      var results = new LinkedHashMap<String, double[]>();
      results.put("grad_logits_cls", gradient(backend, tape, logits.classLogits()));
      results.put("grad_logits_dist", gradient(backend, tape, logits.distillation()));
      tape.backward();
      results.putAll(results(backend, tape, model, images, logits, losses));
      return results;
    }
  }

  private static DistillationLoss loss(JsonValue testCase) throws IOException {
    String type = testCase.get("distillation").asString();
    return new DistillationLoss(
        DistillationType.valueOf(type.toUpperCase(Locale.ROOT)),
        testCase.get("alpha").asDouble(),
        testCase.get("tau").asDouble(),
        SoftReduction.ELEMENT);
  }

  private static Tensor targets(
      Backend backend, TensorArena step, SafetensorsFile inputs, String base, int classes)
      throws IOException {
    if (base.equals("soft_target")) {
      return GoldenModel.tensor(backend, step, inputs, "soft_targets");
    }
    double smoothing = GoldenModel.numberAfter("label_smoothing_", base);
    int[] labels = GoldenModel.labels(inputs, "labels");
    return Targets.of(backend, step, labels, classes, smoothing);
  }

  private static Map<String, double[]> results(
      Backend backend,
      Tape tape,
      VisionTransformer model,
      Tensor images,
      Logits logits,
      ImageLosses losses) {
    var results = new LinkedHashMap<String, double[]>();
    results.put("loss", new double[] {mean(losses.total())});
    results.put("base_loss", new double[] {mean(losses.base())});
    results.put("logits_cls", widen(Tensors.floats(backend, logits.classLogits())));
    results.put("logits_dist", widen(Tensors.floats(backend, logits.distillation())));
    results.put("grad_input", gradient(backend, tape, images));
    for (Parameter parameter : model.parameters()) {
      float[] gradient = Tensors.floats(backend, parameter.gradient());
      results.put("grad/" + parameter.name(), widen(gradient));
    }
    List<Tensor> gradients = model.parameters().stream().map(Parameter::gradient).toList();
    results.put("grad_norm", new double[] {Math.sqrt(backend.optimizer().sumOfSquares(gradients))});
    return results;
  }

  /** A tensor on which the loss does not depend has no gradient; the reference stores zeros. */
  private static double[] gradient(Backend backend, Tape tape, Tensor tensor) {
    Tensor gradient = tape.gradient(tensor);
    return gradient == null
        ? new double[Math.toIntExact(tensor.elements())]
        : widen(Tensors.floats(backend, gradient));
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).sum() / values.length;
  }

  private static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
