package io.github.deit4j.autograd;

import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Records what {@link Ops} does and plays it backward. One entry per op: its output and what passes
 * the output's gradient on. A gradient, once set, is never changed; adding to it makes a new
 * tensor, so that two tensors may share one. When the ops that made a tensor have been played, the
 * memory of its gradient serves the next ones.
 */
public final class Tape {
  private record Entry(List<Tensor> outputs, Runnable action) {}

  /** The sum so far, null before the first summand. */
  private static final class Gradient {
    Tensor sum;
  }

  private final Backend backend;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<Tensor, Gradient> gradients = new IdentityHashMap<>();
  private final GradientMemory memory;
  private final Consumer<Parameter> listener;

  /** Whose gradients the action at work adds to. */
  private final List<Parameter> grown = new ArrayList<>();

  /**
   * Creates an empty tape.
   *
   * @param backend what computes
   * @param arena where activation gradients go, reset together with the activations
   */
  public Tape(Backend backend, TensorArena arena) {
    this(backend, arena, parameter -> {});
  }

  /**
   * Creates an empty tape with a listener.
   *
   * @param backend what computes
   * @param arena where activation gradients go, reset together with the activations
   * @param listener hears of a parameter in the backward pass whenever an op has added to its
   *     gradient
   */
  public Tape(Backend backend, TensorArena arena, Consumer<Parameter> listener) {
    this.backend = backend;
    this.memory = new GradientMemory(arena, backend.activationType());
    this.listener = listener;
  }

  /** Returns an empty tape for a part of what this one records, with the same listener. */
  Tape inner(TensorArena arena) {
    return new Tape(backend, arena, listener);
  }

  /** Says that the action at work adds to the gradient of a parameter. */
  void grows(Parameter parameter) {
    grown.add(parameter);
  }

  /** Asks for the gradient of a tensor that no op made, such as the images. */
  public void watch(Tensor tensor) {
    gradients.putIfAbsent(tensor, new Gradient());
  }

  /** Returns whether a gradient of the tensor is wanted. */
  boolean wants(Tensor tensor) {
    return gradients.containsKey(tensor);
  }

  /** Records an op with one output; the action gets the output's gradient. */
  void record(Tensor output, Consumer<Tensor> action) {
    record(List.of(output), () -> action.accept(gradient(output)));
  }

  /** Records an op with several outputs; the action runs if any of them has a gradient. */
  void record(List<Tensor> outputs, Runnable action) {
    outputs.forEach(this::watch);
    entries.add(new Entry(outputs, action));
  }

  /** Returns the gradient that the tensor has so far, or null. */
  public Tensor gradient(Tensor tensor) {
    Gradient found = gradients.get(tensor);
    return found == null ? null : found.sum;
  }

  /** Returns memory for a gradient of the tensor, to be handed to the tape or released. */
  Tensor allocate(Tensor tensor) {
    return memory.allocate(tensor);
  }

  /** Takes memory back that has not been handed to the tape. */
  void release(Tensor gradient) {
    memory.releaseIfUnused(gradient);
  }

  /** Replaces the gradient of a tensor, for ops that add to the old one themselves. */
  void setGradient(Tensor tensor, Tensor gradient) {
    Gradient found = gradients.get(tensor);
    memory.use(gradient);
    if (found.sum != null) {
      memory.unuse(found.sum);
    }
    found.sum = gradient;
  }

  /**
   * Adds to the gradient of a tensor: how a loss starts the backward pass.
   *
   * @param gradient of the tensor's shape, not changed by the tape
   */
  public void addGradient(Tensor tensor, Tensor gradient) {
    Gradient found = gradients.computeIfAbsent(tensor, ignored -> new Gradient());
    if (found.sum == null) {
      memory.use(gradient);
      found.sum = gradient;
    } else {
      Tensor sum = memory.allocate(gradient);
      backend.elementwise().add(sum, found.sum, gradient);
      memory.releaseIfUnused(gradient);
      setGradient(tensor, sum);
    }
  }

  /**
   * Plays the ops backward, last first, from the gradients added so far, and forgets them. Only
   * watched tensors and tensors that no op made have a gradient afterwards.
   */
  public void backward() {
    for (int i = entries.size() - 1; i >= 0; i--) {
      Entry entry = entries.get(i);
      // Outputs that no loss depends on, such as an unused head, have no gradient.
      if (entry.outputs().stream().anyMatch(output -> gradient(output) != null)) {
        entry.action().run();
        grown.forEach(listener);
        grown.clear();
      }
      entry.outputs().forEach(this::forget);
    }
    entries.clear();
  }

  private void forget(Tensor output) {
    Gradient found = gradients.remove(output);
    if (found.sum != null) {
      memory.unuse(found.sum);
    }
  }
}
