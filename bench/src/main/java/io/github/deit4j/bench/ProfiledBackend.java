package io.github.deit4j.bench;

import io.github.deit4j.device.Backend;
import io.github.deit4j.op.OpFamilies;
import io.github.deit4j.op.OpRunner;
import io.github.deit4j.tensor.TensorArena;

/**
 * A backend whose ops tell an observer how long they took to be done. Tasks run one after the
 * other, so that the ops' times add up. The other backend is observed until this one ends.
 */
record ProfiledBackend(Backend backend) implements Backend {
  /** Observes the ops of a backend. */
  static Backend of(Backend backend, OpRunner.Observer observer) {
    backend.observe(observer);
    return new ProfiledBackend(backend);
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public String description() {
    return backend.description();
  }

  @Override
  public TensorArena arena(String name, long limit) {
    return backend.arena(name, limit);
  }

  @Override
  public OpFamilies families() {
    return backend.families();
  }

  @Override
  public int inferenceSlice(int batch, long numbers) {
    return backend.inferenceSlice(batch, numbers);
  }

  @Override
  public void synchronize() {
    backend.synchronize();
  }

  /** Ends the observation; the other backend stays open. */
  @Override
  public void close() {
    backend.observe(null);
  }
}
