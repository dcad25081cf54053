package io.github.deit4j.vit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import io.github.deit4j.golden.Closeness;
import io.github.deit4j.golden.Golden;
import io.github.deit4j.golden.GoldenModel;
import io.github.deit4j.inference.Head;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.testing.Tensors;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Golden item 1: every activation and output of small models. */
class ForwardGoldenTest {
  private static final double ATOL = 5e-5;
  private static final double RTOL = 1e-4;

  /**
   * In BF16, of the length of the difference: factors keep 8 bits, an error of 2⁻⁹ each, and what
   * goes through the layers adds up. Measured: 1.0 %.
   */
  private static final double BF16_RTOL = 0.02;

  @TestFactory
  List<DynamicNode> activations() throws IOException {
    var nodes = new ArrayList<DynamicNode>();
    for (String name : GoldenModel.names()) {
      for (Kernels kernels : List.of(Kernels.scalar(), Kernels.vector())) {
        for (int threads = 1; threads <= 2; threads++) {
          String label = "%s, %s kernels, threads %d".formatted(name, kernels.name(), threads);
          try (var backend = new CpuBackend(threads, kernels)) {
            nodes.add(
                DynamicContainer.dynamicContainer(label, tests(name, backend, Closeness.EACH)));
          }
        }
      }
    }
    return nodes;
  }

  @TestFactory
  List<DynamicNode> activationsInBf16() throws IOException {
    var nodes = new ArrayList<DynamicNode>();
    for (String name : GoldenModel.names()) {
      try (var backend = new CpuBackend(2, Precision.BF16)) {
        nodes.add(
            DynamicContainer.dynamicContainer(
                name + " in BF16", tests(name, backend, Closeness.ofLength(BF16_RTOL))));
      }
    }
    return nodes;
  }

  /** Returns the tests of all models, each computed by a backend of its own. */
  static List<DynamicNode> activations(Supplier<Backend> backends) throws IOException {
    var nodes = new ArrayList<DynamicNode>();
    for (String name : GoldenModel.names()) {
      try (Backend backend = backends.get()) {
        nodes.add(DynamicContainer.dynamicContainer(name, tests(name, backend, Closeness.EACH)));
      }
    }
    return nodes;
  }

  private static Stream<DynamicTest> tests(String name, Backend backend, Closeness closeness)
      throws IOException {
    Map<String, float[]> computed = compute(name, backend);
    var tests = new ArrayList<DynamicTest>();
    for (String file : List.of("-io.safetensors", "-io-f64.safetensors")) {
      String path = "01-forward/" + name + file;
      if (Golden.listed(path)) {
        tests.addAll(comparisons(path, computed, closeness));
      }
    }
    return tests.stream();
  }

  private static List<DynamicTest> comparisons(
      String path, Map<String, float[]> computed, Closeness closeness) throws IOException {
    var tests = new ArrayList<DynamicTest>();
    try (var file = Golden.open(path)) {
      for (String tensor : file.names()) {
        if (!tensor.equals("input")) {
          double[] expected = numbers(file, tensor);
          tests.add(
              DynamicTest.dynamicTest(
                  tensor + " of " + path,
                  () -> {
                    assertThat(computed).as("computed activations").containsKey(tensor);
                    requireClose(closeness, tensor, computed.get(tensor), expected);
                  }));
        }
      }
    }
    return tests;
  }

  private static double[] numbers(SafetensorsFile file, String tensor) throws IOException {
    if (file.tensors().get(tensor).dtype() == DType.I64) {
      return Arrays.stream(file.longs(tensor)).asDoubleStream().toArray();
    }
    float[] floats = file.floats(tensor);
    return IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
  }

  private static void requireClose(
      Closeness closeness, String tensor, float[] got, double[] expected) {
    boolean exact = tensor.endsWith("pred");
    closeness.require(tensor, got, expected, exact ? 0 : ATOL, exact ? 0 : RTOL);
  }

  /** Returns every activation by the name that the golden files have for it. */
  private static Map<String, float[]> compute(String name, Backend backend) throws IOException {
    var computed = new LinkedHashMap<String, float[]>();
    try (var model = GoldenModel.load(backend, name, false);
        var step = backend.arena("step", Long.MAX_VALUE);
        var file = Golden.open("01-forward/" + name + "-io.safetensors")) {
      Tensor images = GoldenModel.tensor(backend, step, file, "input");
      ForwardPass pass =
          ForwardPass.evaluation(Ops.inference(backend, step))
              .observedBy(
                  (tensor, value) -> {
                    computed.put(tensor, Tensors.floats(backend, value));
                    if (tensor.endsWith(".attn.qkv")) {
                      int heads = model.config().heads();
                      String attention = tensor.substring(0, tensor.length() - ".qkv".length());
                      computed.put(attention + "_probs", probabilities(backend, value, heads));
                    }
                  });
      Logits logits = model.forward(pass, images);
      addOutputs(computed, backend, logits);
    }
    return computed;
  }

  private static float[] probabilities(Backend backend, Tensor qkv, int heads) {
    int images = qkv.shape().size(0);
    int tokens = qkv.shape().size(1);
    try (var arena = backend.arena("probabilities", Long.MAX_VALUE)) {
      Tensor probabilities = arena.allocate(images, heads, tokens, tokens);
      backend.attention().attentionProbabilities(probabilities, qkv, heads);
      return Tensors.floats(backend, probabilities);
    }
  }

  private static void addOutputs(Map<String, float[]> computed, Backend backend, Logits logits) {
    int classes = logits.classLogits().shape().size(1);
    float[] classLogits = Tensors.floats(backend, logits.classLogits());
    computed.put("logits_cls", classLogits);
    if (logits.distillation() == null) {
      float[] probs = probabilities(Head.CLASS, classLogits, null, classes, 1);
      computed.put("logits_eval", classLogits);
      computed.put("probs", probs);
      computed.put("pred", largest(probs, classes));
      return;
    }
    float[] distillation = Tensors.floats(backend, logits.distillation());
    float[] mean = new float[classLogits.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (classLogits[i] + distillation[i]) / 2;
    }
    float[] sum = probabilities(Head.JOINT, classLogits, distillation, classes, 2);
    computed.put("logits_dist", distillation);
    computed.put("logits_eval", mean);
    computed.put("joint_softmax_sum", sum);
    computed.put("joint_pred", largest(sum, classes));
  }

  private static float[] probabilities(
      Head head, float[] classLogits, float[] distillation, int classes, int factor) {
    float[] result = new float[classLogits.length];
    for (int start = 0; start < result.length; start += classes) {
      double[] logs =
          head.logProbabilities(
              Arrays.copyOfRange(classLogits, start, start + classes),
              distillation == null
                  ? null
                  : Arrays.copyOfRange(distillation, start, start + classes));
      for (int c = 0; c < classes; c++) {
        result[start + c] = (float) (factor * Math.exp(logs[c]));
      }
    }
    return result;
  }

  private static float[] largest(float[] rows, int classes) {
    float[] result = new float[rows.length / classes];
    for (int i = 0; i < result.length; i++) {
      int best = 0;
      for (int c = 1; c < classes; c++) {
        best = rows[i * classes + c] > rows[i * classes + best] ? c : best;
      }
      result[i] = best;
    }
    return result;
  }
}
