package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.device.Backend;
import io.github.deit4j.golden.Golden;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import io.github.deit4j.train.Optimizer.AdamW;
import io.github.deit4j.train.Optimizer.Lamb;
import io.github.deit4j.train.Optimizer.ParameterGroups;
import io.github.deit4j.train.Optimizer.Sgd;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Golden item 13: optimizers on given gradients, step by step. */
class OptimizerGoldenTest {
  private static final String FOLDER = "13-optimizers/";

  @TestFactory
  List<DynamicNode> runs() throws IOException {
    var nodes = new ArrayList<DynamicNode>();
    for (Kernels kernels : List.of(Kernels.scalar(), Kernels.vector())) {
      nodes.add(
          DynamicContainer.dynamicContainer(
              kernels.name() + " kernels", runs(() -> new CpuBackend(2, kernels))));
    }
    return nodes;
  }

  /** Returns the tests of all cases, each computed by a backend of its own. */
  static List<DynamicNode> runs(Supplier<Backend> backends) throws IOException {
    var nodes = new ArrayList<DynamicNode>();
    JsonValue table = Golden.json(FOLDER + "cases.json");
    for (JsonValue json : table.get("cases").items()) {
      String name = json.get("case").asString();
      nodes.add(
          DynamicContainer.dynamicContainer(name, comparisons(name, run(backends, table, json))));
    }
    assertThat(nodes).as("cases of golden item 13").isNotEmpty();
    return nodes;
  }

  /** Compares with every tensor of a case's files, in float32 and, where it is listed, float64. */
  private static List<DynamicTest> comparisons(String name, Run run) throws IOException {
    var tests = new ArrayList<DynamicTest>();
    tests.add(
        DynamicTest.dynamicTest(
            "gradient norms",
            () -> Golden.assertClose("norm", run.norms(), run.expectedNorms(), 0, 1e-6)));
    for (String suffix : List.of("", "-f64")) {
      String path = FOLDER + name + suffix + ".safetensors";
      if (!suffix.isEmpty() && !Golden.listed(path)) {
        continue;
      }
      try (SafetensorsFile file = Golden.open(path)) {
        assertThat(run.tensors().keySet()).containsExactlyInAnyOrderElementsOf(file.names());
        for (String tensor : file.names()) {
          boolean parameter = tensor.startsWith("step");
          double atol = parameter ? 2e-6 : 5e-6;
          double rtol = parameter ? 5e-6 : 1e-5;
          float[] got = run.tensors().get(tensor);
          float[] expected = file.floats(tensor);
          tests.add(
              DynamicTest.dynamicTest(
                  tensor + " of " + path,
                  () -> Golden.assertClose(tensor, got, expected, atol, rtol)));
        }
      }
    }
    return tests;
  }

  /**
   * What a case computed.
   *
   * @param norms of all gradients together, at each step
   * @param tensors by the names that the golden files have for them
   */
  private record Run(double[] norms, double[] expectedNorms, Map<String, float[]> tensors) {}

  private static Run run(Supplier<Backend> backends, JsonValue table, JsonValue json)
      throws IOException {
    int steps = table.get("steps").asInt();
    double[] rates = json.get("lr").asDoubles();
    double limit = limit(json);
    var run =
        new Run(new double[steps], json.get("grad_norm_f64").asDoubles(), new LinkedHashMap<>());
    try (Backend backend = backends.get();
        TensorArena arena = backend.arena("optimizer", Long.MAX_VALUE);
        SafetensorsFile inputs = Golden.open(FOLDER + "inputs.safetensors")) {
      List<Parameter> parameters = parameters(backend, arena, table, inputs);
      Gradients gradients = new Gradients(backend, parameters);
      Optimizer optimizer = optimizer(backend, arena, parameters, json);
      Tensor scale = arena.allocate(DType.F64, Shape.of(2));
      for (int step = 0; step < steps; step++) {
        for (Parameter parameter : parameters) {
          float[] gradient = inputs.floats("step%d.grad/%s".formatted(step, parameter.name()));
          Tensors.write(backend, parameter.gradient(), gradient);
        }
        gradients.scale(scale, optimizer.clipping(limit));
        run.norms()[step] = Tensors.doubles(backend, scale)[0];
        optimizer.step(new Optimizer.Step(step + 1, rates[step], scale, null));
        for (Parameter parameter : parameters) {
          run.tensors()
              .put(
                  "step%d/%s".formatted(step, parameter.name()),
                  Tensors.floats(backend, parameter.value()));
        }
      }
      optimizer.state().forEach((name, x) -> run.tensors().put(name, Tensors.floats(backend, x)));
    }
    return run;
  }

  private static double limit(JsonValue json) throws IOException {
    return json.has("max_grad_norm") ? json.get("max_grad_norm").asDouble() : 0;
  }

  private static List<Parameter> parameters(
      Backend backend, TensorArena arena, JsonValue table, SafetensorsFile inputs)
      throws IOException {
    var parameters = new ArrayList<Parameter>();
    for (JsonValue row : table.get("parameters").items()) {
      String name = row.get("name").asString();
      int[] sizes = row.get("shape").asInts();
      float[] start = inputs.floats("start/" + name);
      parameters.add(
          new Parameter(name, Tensors.of(backend, arena, start, sizes), arena.allocate(sizes)));
    }
    return parameters;
  }

  private static Optimizer optimizer(
      Backend backend, TensorArena arena, List<Parameter> parameters, JsonValue json)
      throws IOException {
    var groups =
        new ParameterGroups(named(parameters, json, "decay"), named(parameters, json, "no_decay"));
    assertThat(groups.decayed().size() + groups.undecayed().size()).isEqualTo(parameters.size());
    double decay = json.get("weight_decay").asDouble();
    String kind = json.get("optimizer").asString();
    if (kind.equals("sgd")) {
      double momentum = json.get("momentum").asDouble();
      boolean nesterov = json.get("nesterov").asBoolean();
      return new Sgd(backend, arena, groups, new Sgd.Constants(momentum, nesterov, decay));
    }
    double[] betas = json.get("betas").asDoubles();
    double epsilon = json.get("eps").asDouble();
    if (kind.equals("adamw")) {
      var constants = new AdamW.Constants(betas[0], betas[1], epsilon, decay);
      return new AdamW(backend, arena, groups, constants);
    }
    assertThat(kind).isEqualTo("lamb");
    var constants =
        new Lamb.Constants(
            betas[0],
            betas[1],
            epsilon,
            decay,
            json.get("bias_correction").asBoolean(),
            json.get("always_adapt").asBoolean(),
            json.get("trust_clip").asBoolean());
    return new Lamb(backend, arena, groups, constants);
  }

  private static List<Parameter> named(List<Parameter> parameters, JsonValue json, String key)
      throws IOException {
    List<String> names = json.get(key).asStrings();
    return parameters.stream().filter(each -> names.contains(each.name())).toList();
  }
}
