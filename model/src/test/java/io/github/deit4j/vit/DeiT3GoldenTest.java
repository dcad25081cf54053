package io.github.deit4j.vit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import io.github.deit4j.distill.DistillationLoss;
import io.github.deit4j.distill.DistillationLoss.BaseLoss;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.DistillationLoss.SoftReduction;
import io.github.deit4j.golden.Closeness;
import io.github.deit4j.golden.Golden;
import io.github.deit4j.golden.GoldenModel;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.ForwardPass.Draws;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.nn.Model;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import io.github.deit4j.train.Targets;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Golden item 12: DeiT III, small and of the real size. */
class DeiT3GoldenTest {
  private static final String FOLDER = "12-deit3/";
  private static final String TINY = FOLDER + "tiny-";

  /** Measured: 1.9 % of gradients, 0.8 % of activations; more than twice that. */
  private static final Closeness BF16 = Closeness.ofLength(0.05, 0.02);

  @TestFactory
  List<DynamicNode> activations() throws IOException {
    var nodes = new ArrayList<DynamicNode>();
    for (Kernels kernels : List.of(Kernels.scalar(), Kernels.vector())) {
      for (int threads = 1; threads <= 2; threads++) {
        String label = "%s kernels, threads %d".formatted(kernels.name(), threads);
        try (var backend = new CpuBackend(threads, kernels)) {
          nodes.add(
              DynamicContainer.dynamicContainer(
                  label, comparisons("io", computeForward(backend), Closeness.EACH)));
        }
      }
    }
    return nodes;
  }

  /** Returns the tests of the forward pass. */
  static List<DynamicNode> activations(Supplier<Backend> backends) throws IOException {
    try (Backend backend = backends.get()) {
      return List.copyOf(comparisons("io", computeForward(backend), Closeness.EACH));
    }
  }

  @TestFactory
  List<DynamicNode> activationsInBf16() throws IOException {
    try (Backend backend = new CpuBackend(2, Precision.BF16)) {
      return List.copyOf(comparisons("io", computeForward(backend), BF16));
    }
  }

  @TestFactory
  List<DynamicNode> losses() throws IOException {
    return losses(() -> Backends.select("cpu", 2).backend());
  }

  @TestFactory
  List<DynamicNode> lossesInBf16() throws IOException {
    return losses(() -> new CpuBackend(2, Precision.BF16), BF16);
  }

  /** Returns the tests of all losses and their gradients, each computed by a backend of its own. */
  static List<DynamicNode> losses(Supplier<Backend> backends) throws IOException {
    return losses(backends, Closeness.EACH);
  }

  private static List<DynamicNode> losses(Supplier<Backend> backends, Closeness closeness)
      throws IOException {
    var nodes = new ArrayList<DynamicNode>();
    for (JsonValue testCase : Golden.json(TINY + "cases.json").get("cases").items()) {
      String name = testCase.get("case").asString();
      try (Backend backend = backends.get()) {
        nodes.add(DynamicContainer.dynamicContainer(name, lossTests(backend, testCase, closeness)));
      }
    }
    assertThat(nodes).as("cases of golden item 12").isNotEmpty();
    return nodes;
  }

  @TestFactory
  List<DynamicNode> fullSize() throws IOException {
    return FullSizeGoldenTest.models(12, FOLDER + "deit3_");
  }

  /** The reference code's file, whose layer scales have other names, holds the same numbers. */
  @TestFactory
  List<DynamicTest> originalCheckpoint() throws IOException {
    var tests = new ArrayList<DynamicTest>();
    ViTConfig config = config();
    var source = new ModelSource(Golden.path(TINY + "fb.pth"), OptionalInt.of(config.heads()));
    try (Backend backend = Backends.select("cpu", 1).backend();
        SavedModel.Loaded loaded = SavedModel.load(source, backend);
        SafetensorsFile expected = Golden.open(TINY + "weights.safetensors")) {
      tests.add(
          DynamicTest.dynamicTest(
              "sizes", () -> assertThat(loaded.info().config()).isEqualTo(config)));
      Map<String, Tensor> tensors = loaded.model().tensors();
      assertThat(tensors.keySet()).containsExactlyInAnyOrderElementsOf(expected.names());
      tensors.forEach(
          (name, tensor) -> {
            float[] got = backend.toArray(tensor);
            tests.add(
                DynamicTest.dynamicTest(
                    name,
                    () -> {
                      try (SafetensorsFile file = Golden.open(TINY + "weights.safetensors")) {
                        assertThat(got).containsExactly(file.floats(name));
                      }
                    }));
          });
    }
    return tests;
  }

  private static ViTConfig config() throws IOException {
    JsonValue json = Golden.json(TINY + "config.json");
    assertThat(json.get("layer_norm_eps").asDouble()).isEqualTo(1e-6);
    assertThat(json.get("qkv_bias").asBoolean()).isTrue();
    assertThat(json.get("distilled").asBoolean()).isFalse();
    assertThat(json.get("no_embed_class").asBoolean()).isTrue();
    assertThat(json.get("layer_scale").asBoolean()).isTrue();
    return new ViTConfig(
        DeiT3Family.INSTANCE,
        json.get("img_size").asInt(),
        json.get("patch_size").asInt(),
        json.get("in_chans").asInt(),
        json.get("num_classes").asInt(),
        json.get("embed_dim").asInt(),
        json.get("depth").asInt(),
        json.get("num_heads").asInt(),
        json.get("mlp_hidden").asInt(),
        false);
  }

  private static Model load(Backend backend, boolean trainable) throws IOException {
    Model model = config().create(backend, trainable, 0);
    try (SafetensorsFile weights = Golden.open(TINY + "weights.safetensors")) {
      SavedModel.readTensors(weights, backend, model.tensors());
    }
    return model;
  }

  /** Returns every activation by the name that the golden files have for it. */
  private static Map<String, double[]> computeForward(Backend backend) throws IOException {
    var computed = new LinkedHashMap<String, double[]>();
    try (Model model = load(backend, false);
        TensorArena step = backend.arena("step", Long.MAX_VALUE);
        SafetensorsFile io = Golden.open(TINY + "io.safetensors")) {
      Tensor images = GoldenModel.tensor(backend, step, io, "input");
      ForwardPass pass =
          ForwardPass.evaluation(Ops.inference(backend, step))
              .observedBy((name, x) -> computed.put(name, floats(backend, x)));
      Tensor logits = model.forward(pass, images).classLogits();
      computed.put("logits", floats(backend, logits));
      computed.put("pred", largest(floats(backend, logits), logits.shape().size(1)));
      computed.put("input", floats(backend, images));
    }
    return computed;
  }

  private static double[] largest(double[] rows, int classes) {
    double[] result = new double[rows.length / classes];
    for (int i = 0; i < rows.length; i++) {
      int row = i / classes;
      if (rows[i] > rows[row * classes + (int) result[row]]) {
        result[row] = i % classes;
      }
    }
    return result;
  }

  /** Compares with every tensor of a file, in float32 and, where it is listed, float64. */
  private static List<DynamicTest> comparisons(
      String kind, Map<String, double[]> computed, Closeness closeness) throws IOException {
    var tests = new ArrayList<DynamicTest>();
    for (String suffix : List.of("", "-f64")) {
      String path = TINY + kind + suffix + ".safetensors";
      if (suffix.isEmpty() || Golden.listed(path)) {
        try (SafetensorsFile file = Golden.open(path)) {
          for (String tensor : file.names()) {
            double[] expected = numbers(file, tensor);
            tests.add(
                DynamicTest.dynamicTest(
                    tensor + " of " + path, () -> compare(tensor, computed, expected, closeness)));
          }
        }
      }
    }
    return tests;
  }

  private static double[] numbers(SafetensorsFile file, String tensor) throws IOException {
    return file.tensors().get(tensor).dtype() == DType.I64
        ? Arrays.stream(file.longs(tensor)).asDoubleStream().toArray()
        : widen(file.floats(tensor));
  }

  private static void compare(
      String tensor, Map<String, double[]> computed, double[] expected, Closeness closeness) {
    assertThat(computed).as("computed tensors").containsKey(tensor);
    boolean loss = tensor.endsWith("loss");
    boolean small = loss || tensor.contains("grad") || tensor.contains("targets");
    double atol = small ? 1e-5 : 5e-5;
    closeness.require(tensor, computed.get(tensor), expected, atol, loss ? 1e-5 : 1e-4);
  }

  private static List<DynamicTest> lossTests(
      Backend backend, JsonValue testCase, Closeness closeness) throws IOException {
    String file = testCase.get("file").asString();
    assertThat(file).startsWith("tiny-");
    Map<String, double[]> computed = computeLoss(backend, testCase);
    var tests = comparisons(file.substring("tiny-".length()), computed, closeness);
    for (String key : List.of("loss", "soft_loss")) {
      for (String precision : List.of("_f32", "_f64")) {
        if (testCase.has(key + precision)) {
          double expected = testCase.get(key + precision).asDouble();
          tests.add(
              DynamicTest.dynamicTest(
                  key + precision + " of tiny-cases.json",
                  () -> closeness.require(key, computed.get(key)[0], expected, 1e-5, 1e-5)));
        }
      }
    }
    double norm = testCase.get("grad_norm_f64").asDouble();
    tests.add(
        DynamicTest.dynamicTest(
            "grad_norm of tiny-cases.json",
            () -> closeness.require("grad_norm", computed.get("grad_norm")[0], norm, 1e-5, 1e-4)));
    return tests;
  }

  /** Returns losses, targets and gradients by the names that the golden files have for them. */
  private static Map<String, double[]> computeLoss(Backend backend, JsonValue testCase)
      throws IOException {
    String path = FOLDER + testCase.get("file").asString() + ".safetensors";
    var results = new LinkedHashMap<String, double[]>();
    try (Model model = load(backend, true);
        TensorArena step = backend.arena("step", Long.MAX_VALUE);
        SafetensorsFile io = Golden.open(TINY + "io.safetensors");
        SafetensorsFile file = Golden.open(path)) {
      Tape tape = new Tape(backend, step);
      Tensor images = GoldenModel.tensor(backend, step, io, "input");
      tape.watch(images);
      Ops ops = Ops.recording(backend, step, tape);
      var logits = model.forward(ForwardPass.training(ops, new Draws(0, 0, 0)), images);
      int[] labels = GoldenModel.labels(file, "labels");
      results.put("labels", Arrays.stream(labels).asDoubleStream().toArray());
      String kind = testCase.get("loss").asString();
      if (kind.startsWith("label_smoothing")) {
        int classes = model.config().classes();
        double smoothing = GoldenModel.numberAfter("smoothing", kind);
        Tensor targets = Targets.of(backend, step, labels, classes, smoothing);
        double[] losses =
            DistillationLoss.NONE
                .compute(backend, step, tape, logits, targets, null, labels.length)
                .total();
        results.put("loss", new double[] {mean(losses)});
      } else {
        assertThat(kind).isEqualTo("bce_with_logits");
        addBinaryLosses(backend, step, tape, logits, labels, testCase, results);
      }
      results.put("logits", floats(backend, logits.classLogits()));
      results.put("grad_logits", floats(backend, tape.gradient(logits.classLogits())));
      tape.backward();
      results.put("grad_input", floats(backend, tape.gradient(images)));
      for (Parameter parameter : model.parameters()) {
        results.put("grad/" + parameter.name(), floats(backend, parameter.gradient()));
      }
      List<Tensor> gradients = model.parameters().stream().map(Parameter::gradient).toList();
      double squares = backend.optimizer().sumOfSquares(gradients);
      results.put("grad_norm", new double[] {Math.sqrt(squares)});
    }
    return results;
  }

  /**
   * Mixup of one-hot labels with the flipped batch: what training learns of it by binary cross
   * entropy, whose gradient goes to the tape, and the loss of the smoothed targets.
   */
  private static void addBinaryLosses(
      Backend backend,
      TensorArena step,
      Tape tape,
      Logits logits,
      int[] labels,
      JsonValue testCase,
      Map<String, double[]> results)
      throws IOException {
    JsonValue cases = Golden.json(TINY + "cases.json");
    int images = labels.length;
    int classes = logits.classLogits().shape().size(1);
    double[] lambdas = new double[images];
    Arrays.fill(lambdas, cases.get("mixup_lam").asDouble());
    int[] others = new int[images];
    Arrays.setAll(others, i -> labels[images - 1 - i]);
    float[] soft = mixed(labels, others, lambdas, classes, cases.get("soft_smoothing").asDouble());
    results.put("mixed_targets", widen(mixed(labels, others, lambdas, classes, 0)));
    results.put("soft_targets", widen(soft));

    Tensor losses = step.allocate(DType.F64, Shape.of(images));
    Tensor gradient = step.allocate(DType.F32, logits.classLogits().shape());
    Tensor wanted = Tensors.of(backend, step, soft, images, classes);
    backend.loss().binaryCrossEntropy(losses, gradient, logits.classLogits(), wanted, 1.0 / images);
    double[] values = new double[images];
    backend.read(MemorySegment.ofArray(values), losses);
    results.put("soft_loss", new double[] {mean(values)});
    results.put("soft_grad_logits", floats(backend, gradient));

    Tensor targets = Targets.binary(backend, step, labels, others, lambdas, classes);
    results.put(testCase.get("targets").asString(), floats(backend, targets));
    double[] total =
        new DistillationLoss(
                BaseLoss.BINARY_CROSS_ENTROPY, DistillationType.NONE, 0, 1, SoftReduction.ELEMENT)
            .compute(backend, step, tape, logits, targets, null, images)
            .total();
    results.put("loss", new double[] {mean(total)});
  }

  private static float[] mixed(
      int[] labels, int[] others, double[] lambdas, int classes, double smoothing) {
    float[] targets = new float[labels.length * classes];
    for (int i = 0; i < labels.length; i++) {
      for (int c = 0; c < classes; c++) {
        double own = smoothing / classes + (c == labels[i] ? 1 - smoothing : 0);
        double other = smoothing / classes + (c == others[i] ? 1 - smoothing : 0);
        targets[i * classes + c] = (float) (lambdas[i] * own + (1 - lambdas[i]) * other);
      }
    }
    return targets;
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).sum() / values.length;
  }

  private static double[] floats(Backend backend, Tensor tensor) {
    return widen(backend.toArray(tensor));
  }

  private static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
