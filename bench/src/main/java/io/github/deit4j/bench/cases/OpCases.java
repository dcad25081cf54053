package io.github.deit4j.bench.cases;

import io.github.deit4j.bench.cases.ReferenceLibrary.Reference;
import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.vit.ViTConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The catalogue of ops: every op of a backend, on operands of its own, with what it is in other
 * libraries. A new op gets a line in one of the subclasses.
 */
public abstract class OpCases {
  final Backend backend;
  final TensorArena arena;
  private final Map<String, Runnable> parts = new LinkedHashMap<>();
  private final List<OpCase> cases = new ArrayList<>();
  private String part;

  OpCases(Backend backend, TensorArena arena) {
    this.backend = backend;
    this.arena = arena;
  }

  /** Returns what makes a model's cases, part by part. */
  private static OpCases of(
      Backend backend, TensorArena arena, ModelConfig config, int stage, int batch) {
    return config instanceof RegNetConfig regNet
        ? new ConvolutionCases(backend, arena, regNet, stage, batch)
        : new TransformerCases(backend, arena, (ViTConfig) config, batch);
  }

  /** Returns all cases of a model; see {@link #part}. */
  public static List<OpCase> all(
      Backend backend, TensorArena arena, ModelConfig config, int stage, int batch) {
    OpCases made = of(backend, arena, config, stage, batch);
    made.parts.keySet().forEach(made::make);
    return made.cases;
  }

  /** Returns the parts of a model. */
  public static List<String> parts(ModelConfig config) {
    return List.copyOf(of(null, null, config, 1, 1).parts.keySet());
  }

  /**
   * Returns the cases of a part of the model, which alone take memory.
   *
   * @param arena where their operands go, of the backend
   * @param stage of a RegNetY, from 1
   */
  public static List<OpCase> part(
      Backend backend, TensorArena arena, ModelConfig config, int stage, int batch, String part) {
    OpCases made = of(backend, arena, config, stage, batch);
    if (made.parts.containsKey(part)) {
      made.make(part);
    }
    return made.cases;
  }

  /**
   * Returns one case.
   *
   * @param name its {@link OpCase#name}
   * @throws IllegalArgumentException if there is none of that name
   */
  public static OpCase named(
      Backend backend, TensorArena arena, ModelConfig config, int stage, int batch, String name) {
    String part = name.split("/", 2)[0];
    List<OpCase> cases = part(backend, arena, config, stage, batch, part);
    return cases.stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "op '%s' has no case: expected PART/OP with a part of %s, in this part one of %s"
                        .formatted(name, parts(config), cases.stream().map(OpCase::op).toList())));
  }

  private void make(String name) {
    part = name;
    parts.get(name).run();
  }

  final void part(String name, Runnable make) {
    parts.put(name, make);
  }

  final Tensor random(int... sizes) {
    return BenchmarkData.tensor(backend, arena, sizes);
  }

  /** Adds an op of which much of a step's time consists, with what it is in other libraries. */
  final void main(Tensor result, Consumer<Backend> call, Reference reference) {
    // Called once, so that the op tells its name and its operands.
    OpCall[] seen = new OpCall[1];
    backend.observe((op, operands, _) -> seen[0] = new OpCall(op, Arrays.asList(operands)));
    call.accept(backend);
    backend.observe(null);
    cases.add(new OpCase(part, seen[0].op(), seen[0].cost(), result, call, reference));
  }

  final void add(Tensor result, Consumer<Backend> call) {
    main(result, call, null);
  }
}
