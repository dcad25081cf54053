package io.github.deit4j.nn;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.backend.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a model's parameters in one arena and keeps them in the order in which they were made.
 * Where memory runs out, the arena is closed: a part of a model is of no use.
 */
public final class Parameters {
  private final Backend backend;
  private final TensorArena arena;
  private final boolean trainable;
  private final List<Parameter> all = new ArrayList<>();

  /**
   * Starts with none.
   *
   * @param arena the model's arena
   * @param trainable whether every parameter gets room for its gradient
   */
  public Parameters(Backend backend, TensorArena arena, boolean trainable) {
    this.backend = backend;
    this.arena = arena;
    this.trainable = trainable;
  }

  /** Makes a parameter of the given sizes, all zeros. */
  public Parameter add(String name, int... sizes) {
    Parameter parameter = new Parameter(name, zeros(sizes), trainable ? zeros(sizes) : null);
    all.add(parameter);
    return parameter;
  }

  private Tensor zeros(int... sizes) {
    try {
      Tensor tensor = arena.allocate(sizes);
      backend.fill(tensor, 0f);
      return tensor;
    } catch (RuntimeException | OutOfMemoryError e) {
      arena.close();
      throw e;
    }
  }

  /** Makes weight and bias of a linear layer. */
  public Linear linear(String name, int in, int out) {
    return new Linear(add(name + ".weight", out, in), add(name + ".bias", out));
  }

  /** Makes weight and bias of a layer normalisation. */
  public LayerNorm layerNorm(String name, int width) {
    return new LayerNorm(add(name + ".weight", width), add(name + ".bias", width));
  }

  /** Returns all parameters made so far. */
  public List<Parameter> all() {
    return List.copyOf(all);
  }
}
