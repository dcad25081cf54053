package io.github.deit4j.regnet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import io.github.deit4j.distill.DistillationLoss;
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
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Golden item 10: activations, gradients and running statistics of a small RegNetY. */
class RegNetGoldenTest {
  /**
   * Measured: 2.6 % of activations, 53 % of gradients. Batch normalisation over the few pixels of
   * this small network makes much of every rounding: in float32, weights rounded to BF16 alone
   * change logits by 3.2 % and the input's gradient by 33 %.
   */
  private static final Closeness BF16 = Closeness.ofLength(0.8, 0.06);

  private static final String EVAL = "tiny-eval";
  private static final String TRAIN = "tiny-train";

  @FunctionalInterface
  private interface Run {
    Map<String, float[]> on(Backend backend) throws IOException;
  }

  @TestFactory
  List<DynamicNode> evaluation() throws IOException {
    return evaluation(cpus());
  }

  @TestFactory
  List<DynamicNode> training() throws IOException {
    return training(cpus());
  }

  @TestFactory
  List<DynamicNode> evaluationInBf16() throws IOException {
    return forEach(bf16(), EVAL, RegNetGoldenTest::evaluate, 5e-5, 1e-4, BF16);
  }

  @TestFactory
  List<DynamicNode> trainingInBf16() throws IOException {
    return forEach(bf16(), TRAIN, RegNetGoldenTest::train, 1e-4, 1e-3, BF16);
  }

  private static Map<String, Supplier<Backend>> bf16() {
    return Map.of("BF16", () -> new CpuBackend(2, Precision.BF16));
  }

  private static Map<String, Supplier<Backend>> cpus() {
    var backends = new LinkedHashMap<String, Supplier<Backend>>();
    for (Kernels kernels : List.of(Kernels.scalar(), Kernels.vector())) {
      for (int threads = 1; threads <= 2; threads++) {
        int count = threads;
        backends.put(
            "%s kernels, threads %d".formatted(kernels.name(), threads),
            () -> new CpuBackend(count, kernels));
      }
    }
    return backends;
  }

  static List<DynamicNode> evaluation(Map<String, Supplier<Backend>> backends) throws IOException {
    return forEach(backends, EVAL, RegNetGoldenTest::evaluate, 5e-5, 1e-4, Closeness.EACH);
  }

  static List<DynamicNode> training(Map<String, Supplier<Backend>> backends) throws IOException {
    return forEach(backends, TRAIN, RegNetGoldenTest::train, 1e-4, 1e-3, Closeness.EACH);
  }

  private static List<DynamicNode> forEach(
      Map<String, Supplier<Backend>> backends,
      String kind,
      Run run,
      double atol,
      double rtol,
      Closeness closeness)
      throws IOException {
    var nodes = new ArrayList<DynamicNode>();
    for (var each : backends.entrySet()) {
      try (Backend backend = each.getValue().get()) {
        Map<String, float[]> computed = run.on(backend);
        nodes.add(
            DynamicContainer.dynamicContainer(
                each.getKey(), comparisons(kind, computed, atol, rtol, closeness)));
      }
    }
    return nodes;
  }

  private static Stream<DynamicTest> comparisons(
      String kind, Map<String, float[]> computed, double atol, double rtol, Closeness closeness)
      throws IOException {
    var tests = new ArrayList<DynamicTest>();
    for (String path : GoldenRegNet.listed(kind + ".safetensors", kind + "-f64.safetensors")) {
      try (var file = Golden.open(path)) {
        for (String tensor : file.names()) {
          if (List.of("input", "labels").contains(tensor) || GoldenRegNet.isBatchCounter(tensor)) {
            continue;
          }
          double[] expected = Closeness.widen(file.floats(tensor));
          tests.add(
              DynamicTest.dynamicTest(
                  tensor + " of " + path,
                  () -> {
                    assertThat(computed).as("computed tensors").containsKey(tensor);
                    closeness.require(tensor, computed.get(tensor), expected, atol, rtol);
                  }));
        }
      }
    }
    assertThat(tests).as("tensors of golden item 10, %s", kind).isNotEmpty();
    return tests.stream();
  }

  private static RegNet load(Backend backend, boolean trainable) throws IOException {
    JsonValue json = Golden.json(GoldenRegNet.FOLDER + "tiny-config.json");
    assertThat(json.get("bn_eps").asDouble()).isEqualTo(1e-5);
    assertThat(json.get("bn_momentum").asDouble()).isEqualTo(0.1);
    RegNetConfig config =
        GoldenRegNet.config(json, json.get("resolution").asInt(), json.get("num_classes").asInt());
    var model = new RegNet(backend, config, trainable, 0);
    Map<String, Parameter> tensors = GoldenRegNet.tensors(model);
    try (var weights = Golden.open(GoldenRegNet.FOLDER + "tiny-weights.safetensors")) {
      assertThat(weights.names().stream().filter(name -> !GoldenRegNet.isBatchCounter(name)))
          .containsExactlyInAnyOrderElementsOf(tensors.keySet());
      for (Parameter tensor : tensors.values()) {
        var stored = weights.tensors().get(tensor.name());
        assertThat(tensor.value().shape()).as(tensor.name()).isEqualTo(stored.shape());
        Tensors.write(backend, tensor.value(), weights.floats(tensor.name()));
      }
    }
    return model;
  }

  private static Tensor images(Backend backend, TensorArena arena, SafetensorsFile file)
      throws IOException {
    return GoldenModel.tensor(backend, arena, file, "input");
  }

  private static Map<String, float[]> evaluate(Backend backend) throws IOException {
    var computed = new LinkedHashMap<String, float[]>();
    try (var model = load(backend, false);
        var step = backend.arena("step", Long.MAX_VALUE);
        var file = Golden.open(GoldenRegNet.FOLDER + EVAL + ".safetensors")) {
      ForwardPass pass =
          ForwardPass.evaluation(Ops.inference(backend, step))
              .observedBy((name, x) -> computed.put(name, GoldenRegNet.channelsFirst(backend, x)));
      Tensor logits = model.forward(pass, images(backend, step, file)).classLogits();
      computed.put("logits", Tensors.floats(backend, logits));
      assertSameUnobserved(backend, step, model, images(backend, step, file), logits);
    }
    return computed;
  }

  /** The last step of a block is one op where nobody looks at its parts. */
  private static void assertSameUnobserved(
      Backend backend, TensorArena step, RegNet model, Tensor images, Tensor logits) {
    ForwardPass pass = ForwardPass.evaluation(Ops.inference(backend, step));
    assertThat(Tensors.floats(backend, model.forward(pass, images).classLogits()))
        .containsExactly(Tensors.floats(backend, logits));
  }

  private static Map<String, float[]> train(Backend backend) throws IOException {
    var computed = new LinkedHashMap<String, float[]>();
    try (var model = load(backend, true);
        var step = backend.arena("step", Long.MAX_VALUE);
        var file = Golden.open(GoldenRegNet.FOLDER + EVAL + ".safetensors")) {
      Tape tape = new Tape(backend, step);
      Tensor images = images(backend, step, file);
      tape.watch(images);
      ForwardPass pass =
          ForwardPass.training(Ops.recording(backend, step, tape), new Draws(0, 0, 0));
      Logits logits = model.forward(pass, images);
      computed.put("logits", Tensors.floats(backend, logits.classLogits()));
      int[] labels = GoldenModel.labels(file, "labels");
      Tensor targets = Targets.of(backend, step, labels, model.config().classes(), 0);
      double[] losses =
          DistillationLoss.NONE
              .compute(backend, step, tape, logits, targets, null, labels.length)
              .total();
      computed.put("loss", new float[] {(float) (Arrays.stream(losses).sum() / losses.length)});
      tape.backward();
      computed.put("grad_input", Tensors.floats(backend, tape.gradient(images)));
      for (Parameter parameter : model.parameters()) {
        computed.put("grad/" + parameter.name(), Tensors.floats(backend, parameter.gradient()));
      }
      for (Parameter buffer : model.buffers()) {
        computed.put("buffer_after/" + buffer.name(), Tensors.floats(backend, buffer.value()));
      }
    }
    computed.putAll(trainObserved(backend));
    return computed;
  }

  private static Map<String, float[]> trainObserved(Backend backend) throws IOException {
    var computed = new LinkedHashMap<String, float[]>();
    try (var model = load(backend, false);
        var step = backend.arena("step", Long.MAX_VALUE);
        var file = Golden.open(GoldenRegNet.FOLDER + EVAL + ".safetensors")) {
      ForwardPass pass =
          ForwardPass.training(Ops.inference(backend, step), new Draws(0, 0, 0))
              .observedBy((name, x) -> computed.put(name, GoldenRegNet.channelsFirst(backend, x)));
      model.forward(pass, images(backend, step, file));
    }
    return computed;
  }
}
