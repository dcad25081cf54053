package io.github.deit4j.autograd;

import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.function.Consumer;

/** What all ops share: what computes, where outputs go, and the tape, null where none is kept. */
abstract class TapedOps {
  final Backend backend;
  final TensorArena arena;
  final Tape tape;

  TapedOps(Backend backend, TensorArena arena, Tape tape) {
    this.backend = backend;
    this.arena = arena;
    this.tape = tape;
  }

  final boolean records(Tensor input, Parameter... parameters) {
    if (tape == null) {
      return false;
    }
    boolean any = tape.wants(input);
    for (Parameter parameter : parameters) {
      any |= parameter.trainable();
    }
    return any;
  }

  /** What the gradient of an op's only input is found by, from that of its output. */
  interface Backward {
    void compute(Tensor dx, Tensor dy);
  }

  /** Returns the output of an op of one input, once the tape knows how its gradient goes on. */
  final Tensor recorded(Tensor y, Tensor x, Backward backward) {
    return recorded(
        records(x),
        y,
        dy -> {
          Tensor dx = tape.allocate(x);
          backward.compute(dx, dy);
          tape.addGradient(x, dx);
        });
  }

  /** Returns the output of an op; if an input wants one, its gradient goes on by the action. */
  final Tensor recorded(boolean wanted, Tensor y, Consumer<Tensor> action) {
    if (wanted) {
      tape.record(y, action);
    }
    return y;
  }

  final void addIfWanted(Tensor x, Tensor gradient) {
    if (tape.wants(x)) {
      tape.addGradient(x, gradient);
    }
  }

  /** Adds a gradient that nobody else uses, or takes its memory back. */
  final void addOrRelease(Tensor x, Tensor gradient) {
    addIfWanted(x, gradient);
    tape.release(gradient);
  }

  final Tensor like(Tensor x) {
    return arena.allocate(x.dtype(), x.shape());
  }

  /**
   * Returns where an action adds a gradient: for a parameter that is not trained, memory nobody
   * reads.
   */
  final Tensor gradient(Parameter parameter) {
    if (!parameter.trainable()) {
      return like(parameter.value());
    }
    tape.grows(parameter);
    return parameter.gradient();
  }

  /** Returns the gradient that x has so far, or else the other tensor, filled with zeros. */
  final Tensor gradientOrZeros(Tensor x, Tensor otherwise) {
    Tensor gradient = tape.gradient(x);
    if (gradient == null) {
      backend.fill(otherwise, 0f);
      return otherwise;
    }
    return gradient;
  }
}
