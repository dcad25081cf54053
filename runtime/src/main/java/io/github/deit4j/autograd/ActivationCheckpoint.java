package io.github.deit4j.autograd;

import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.function.BiFunction;

/** A part of a model whose activations are not kept; see {@link Ops#checkpoint}. */
record ActivationCheckpoint(
    Ops ops, Backend backend, TensorArena scratch, BiFunction<Ops, Tensor, Tensor> part) {
  /** Returns the part's output, and records on the tape, if there is one, that it runs again. */
  Tensor run(Tensor x, Tape tape) {
    scratch.reset();
    Tensor y = copyOf(part.apply(Ops.inference(backend, scratch), x));
    if (tape != null) {
      tape.record(y, dy -> backward(x, dy, tape));
    }
    return y;
  }

  private void backward(Tensor x, Tensor dy, Tape tape) {
    scratch.reset();
    Tape inner = new Tape(backend, scratch);
    if (tape.wants(x)) {
      inner.watch(x);
    }
    Tensor y = part.apply(Ops.recording(backend, scratch, inner), x);
    inner.addGradient(y, dy);
    inner.backward();
    if (inner.gradient(x) != null) {
      tape.addGradient(x, copyOf(inner.gradient(x)));
    }
  }

  private Tensor copyOf(Tensor x) {
    Tensor copy = ops.like(x);
    backend.copy(copy, x);
    return copy;
  }
}
