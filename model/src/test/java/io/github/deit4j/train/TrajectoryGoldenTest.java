package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import io.github.deit4j.distill.DistillationLoss;
import io.github.deit4j.distill.DistillationLoss.DistillationType;
import io.github.deit4j.distill.DistillationLoss.SoftReduction;
import io.github.deit4j.golden.Closeness;
import io.github.deit4j.golden.Golden;
import io.github.deit4j.golden.GoldenModel;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.ForwardPass.Draws;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.nn.Model;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import io.github.deit4j.train.Optimizer.AdamW;
import io.github.deit4j.train.Optimizer.ParameterGroups;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Golden item 3: training runs of a small distilled model. */
class TrajectoryGoldenTest {
  private static final String FOLDER = "03-training/";

  /** How close losses and gradient norms, weights and moments must be. */
  private record Tolerances(Closeness steps, Closeness weights, Closeness moments) {}

  private static final Tolerances FLOAT32 =
      new Tolerances(Closeness.EACH, Closeness.EACH, Closeness.EACH);

  /**
   * Measured: 0.6 % of gradient norms, 0.4 % of losses, 0.08 % of weights, 3.6 % of moments; two to
   * three times that.
   */
  private static final Tolerances BF16 =
      new Tolerances(
          Closeness.ofLength(0.02, 0.01), Closeness.ofLength(0.002), Closeness.ofLength(0.1));

  /** What a step did. */
  private record Row(double learningRate, double loss, double gradientNorm) {}

  /** What a run leaves: its steps, and its tensors by the names of golden file and tensor. */
  private record Run(List<Row> rows, Map<String, Map<String, float[]>> tensors) {}

  @Test
  void groupsParametersForWeightDecay() throws IOException {
    var trajectory = Golden.json(FOLDER + "trajectory.json");
    var decayed = new ArrayList<String>();
    var undecayed = new ArrayList<String>();
    for (JsonValue group : trajectory.get("param_groups").items()) {
      boolean decays = group.get("weight_decay").asDouble() > 0;
      (decays ? decayed : undecayed).addAll(group.get("params").asStrings());
    }
    try (Backend backend = Backends.select("cpu", 1).backend();
        Model model = GoldenModel.load(backend, "distilled", true)) {
      var groups = ParameterGroups.of(model.parameters(), false);
      assertThat(groups.decayed())
          .extracting(Parameter::name)
          .containsExactlyInAnyOrderElementsOf(decayed);
      assertThat(groups.undecayed())
          .extracting(Parameter::name)
          .containsExactlyInAnyOrderElementsOf(undecayed);
    }
  }

  @TestFactory
  List<DynamicNode> runs() throws IOException {
    return runs(() -> Backends.select("cpu", 2).backend());
  }

  @TestFactory
  List<DynamicNode> runsInBf16() throws IOException {
    return runs(() -> new CpuBackend(2, Precision.BF16), BF16);
  }

  /** Returns the tests of all runs, each on a backend of its own. */
  static List<DynamicNode> runs(Supplier<Backend> backends) throws IOException {
    return runs(backends, FLOAT32);
  }

  private static List<DynamicNode> runs(Supplier<Backend> backends, Tolerances tolerances)
      throws IOException {
    var trajectory = Golden.json(FOLDER + "trajectory.json");
    var nodes = new ArrayList<DynamicNode>();
    for (String name : trajectory.keys()) {
      if (trajectory.get(name).value() instanceof Map<?, ?> map && map.containsKey("rows")) {
        nodes.add(
            DynamicContainer.dynamicContainer(name, tests(name, trajectory, backends, tolerances)));
      }
    }
    assertThat(nodes).as("runs of golden item 3").isNotEmpty();
    return nodes;
  }

  private static List<DynamicTest> tests(
      String name, JsonValue trajectory, Supplier<Backend> backends, Tolerances tolerances)
      throws IOException {
    JsonValue expected = trajectory.get(name);
    Run run = train(trajectory, expected, backends);
    var tests = new ArrayList<DynamicTest>();
    List<JsonValue> rows = expected.get("rows").items();
    assertThat(rows).as("steps of run %s", name).hasSize(run.rows().size());
    for (int step = 0; step < rows.size(); step++) {
      Row row = run.rows().get(step);
      JsonValue wanted = rows.get(step);
      tests.add(
          DynamicTest.dynamicTest(
              "step " + step, () -> assertRow(row, wanted, tolerances.steps())));
    }
    for (String kind : List.of("after-step1", "final", "final-f64", "ema", "adam-state")) {
      String path = FOLDER + name + "-" + kind + ".safetensors";
      if (Golden.listed(path)) {
        addTests(tests, path, run.tensors().get(kind.replace("-f64", "")), tolerances);
      }
    }
    return tests;
  }

  private static void assertRow(Row row, JsonValue expected, Closeness closeness)
      throws IOException {
    Golden.assertClose("lr", row.learningRate(), expected.get("lr").asDouble(), 1e-12, 1e-9);
    for (String precision : List.of("_f32", "_f64")) {
      double loss = expected.get("loss" + precision).asDouble();
      closeness.require("loss" + precision, row.loss(), loss, 2e-5, 1e-4);
      double norm = expected.get("grad_norm" + precision).asDouble();
      closeness.require("gradient norm" + precision, row.gradientNorm(), norm, 2e-5, 1e-4);
    }
  }

  private static void addTests(
      List<DynamicTest> tests, String path, Map<String, float[]> computed, Tolerances tolerances)
      throws IOException {
    try (var file = Golden.open(path)) {
      assertThat(file.names()).as(path).containsExactlyInAnyOrderElementsOf(computed.keySet());
      for (String tensor : file.names()) {
        float[] numbers = GoldenModel.withoutKeyBias(tensor, file.floats(tensor));
        double[] expected = Closeness.widen(numbers);
        float[] got = GoldenModel.withoutKeyBias(tensor, computed.get(tensor));
        boolean moment = tensor.startsWith("exp_avg");
        double atol = moment ? 1e-4 * largest(numbers) : 2e-5;
        double rtol = moment ? 1e-3 : 1e-4;
        Closeness closeness = moment ? tolerances.moments() : tolerances.weights();
        tests.add(
            DynamicTest.dynamicTest(
                tensor + " of " + path,
                () -> closeness.require(tensor, got, expected, atol, rtol)));
      }
    }
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static Run train(JsonValue trajectory, JsonValue expected, Supplier<Backend> backends)
      throws IOException {
    JsonValue config = trajectory.get("config");
    double clip = expected.has("clip_max_norm") ? expected.get("clip_max_norm").asDouble() : 0;
    double smoothing = GoldenModel.numberAfter("smoothing", trajectory.get("loss").asString());
    var run = new Run(new ArrayList<>(), new LinkedHashMap<>());
    try (Backend backend = backends.get();
        Model model = GoldenModel.load(backend, "distilled", true);
        Ema ema = new Ema(backend, model, config.get("ema").asDouble());
        TensorArena moments = backend.arena("optimizer", Long.MAX_VALUE);
        SafetensorsFile batches = Golden.open(FOLDER + "batches.safetensors")) {
      var optimizer = optimizer(backend, moments, model, trajectory);
      var gradients = new Gradients(backend, model.parameters());
      var rate = learningRate(config);
      Tensor scale = moments.allocate(DType.F64, Shape.of(2));
      for (int step = 0; step < config.get("steps").asInt(); step++) {
        String batch = "batch" + step % config.get("nbatch").asInt();
        gradients.clear();
        double loss = backward(backend, model, batches, batch, config, smoothing);
        gradients.scale(scale, optimizer.clipping(clip));
        optimizer.step(new Optimizer.Step(step + 1, rate.at(step), scale, null));
        ema.update();
        run.rows().add(new Row(rate.at(step), loss, Tensors.doubles(backend, scale)[0]));
        if (step == 0) {
          run.tensors().put("after-step1", values(backend, model));
        }
      }
      run.tensors().put("final", values(backend, model));
      run.tensors().put("ema", values(backend, ema.average()));
      var state = new LinkedHashMap<String, float[]>();
      optimizer.state().forEach((name, x) -> state.put(name, Tensors.floats(backend, x)));
      run.tensors().put("adam-state", state);
    }
    return run;
  }

  private static Optimizer optimizer(
      Backend backend, TensorArena arena, Model model, JsonValue trajectory) throws IOException {
    double[] betas = trajectory.get("adamw").get("betas").asDoubles();
    var settings =
        new AdamW.Constants(
            betas[0],
            betas[1],
            trajectory.get("adamw").get("eps").asDouble(),
            trajectory.get("config").get("wd").asDouble());
    return new AdamW(backend, arena, ParameterGroups.of(model.parameters(), false), settings);
  }

  private static LearningRate learningRate(JsonValue config) throws IOException {
    return new LearningRate(
        config.get("lr").asDouble(),
        config.get("warmup_lr").asDouble(),
        config.get("min_lr").asDouble(),
        config.get("warmup_t").asDouble(),
        config.get("t_initial").asDouble());
  }

  /** Adds the gradients of one batch and returns its mean loss. */
  private static double backward(
      Backend backend,
      Model model,
      SafetensorsFile batches,
      String batch,
      JsonValue config,
      double smoothing)
      throws IOException {
    var hard =
        new DistillationLoss(
            DistillationType.HARD, config.get("alpha").asDouble(), 1, SoftReduction.ELEMENT);
    try (TensorArena arena = backend.arena("step", Long.MAX_VALUE)) {
      Tape tape = new Tape(backend, arena);
      Tensor images = GoldenModel.tensor(backend, arena, batches, batch + ".input");
      Tensor teacher = GoldenModel.tensor(backend, arena, batches, batch + ".teacher_logits");
      int[] labels = GoldenModel.labels(batches, batch + ".labels");
      Tensor targets = Targets.of(backend, arena, labels, model.config().classes(), smoothing);
      Ops ops = Ops.recording(backend, arena, tape);
      Logits logits = model.forward(ForwardPass.training(ops, new Draws(0, 0, 0)), images);
      double[] losses =
          hard.compute(backend, arena, tape, logits, targets, teacher, labels.length).total();
      tape.backward();
      return Arrays.stream(losses).sum() / losses.length;
    }
  }

  private static Map<String, float[]> values(Backend backend, Model model) {
    var values = new LinkedHashMap<String, float[]>();
    for (Parameter parameter : model.parameters()) {
      values.put(parameter.name(), Tensors.floats(backend, parameter.value()));
    }
    return values;
  }
}
