package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.Model;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Copies of a model's buffers: a forward pass changes them, so a step that is given up has to put
 * them back. Parameters change only when a step is complete.
 */
final class BufferCopies implements AutoCloseable {
  private final Backend backend;
  private final TensorArena arena;
  private final Map<Tensor, Tensor> copies = new LinkedHashMap<>();

  BufferCopies(Backend backend, Model model) {
    this.backend = backend;
    this.arena = backend.arena("buffers");
    try {
      for (Parameter buffer : model.buffers()) {
        Tensor value = buffer.value();
        copies.put(value, arena.allocate(value.dtype(), value.shape()));
      }
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /** Remembers the buffers as they are. */
  void take() {
    copies.forEach((buffer, copy) -> backend.copy(copy, buffer));
  }

  /** Makes the buffers what they were. */
  void putBack() {
    copies.forEach(backend::copy);
  }

  @Override
  public void close() {
    arena.close();
  }
}
