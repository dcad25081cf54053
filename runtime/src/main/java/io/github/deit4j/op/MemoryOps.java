package io.github.deit4j.op;

import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Copies of whole tensors. A device's method has the op's name; its operands have been checked. */
public abstract class MemoryOps {
  private final OpRunner runner;

  /** Creates the family on the runner that does its ops. */
  protected MemoryOps(OpRunner runner) {
    this.runner = runner;
  }

  /** Copies host memory, of the tensor's size in bytes, into the tensor. */
  public final void write(Tensor to, MemorySegment from) {
    checkHost("write", to, from);
    runner.update("write", List.of(to), () -> copyIn(to, from), to, from);
  }

  /** Copies a tensor to host memory of its size in bytes. */
  public final void read(MemorySegment to, Tensor from) {
    checkHost("read", from, to);
    runner.run("read", () -> copyOut(to, from), to, from);
  }

  /** Copies {@code from} to {@code to}, of the same shape and type. */
  public final void copy(Tensor to, Tensor from) {
    Checks.exactly("copy", "to", to, from.dtype(), from.shape());
    runner.update("copy", List.of(to), () -> copyAcross(to, from), to, from);
  }

  /** Sets every element of a float32 tensor. */
  public final void fill(Tensor x, float value) {
    Checks.elements("fill", "x", x, x.elements());
    runner.update("fill", List.of(x), () -> fill(x.elements(), x, value), x, value);
  }

  private static void checkHost(String op, Tensor x, MemorySegment host) {
    long expected = x.elements() * x.dtype().bytes();
    if (host.byteSize() != expected) {
      throw new ShapeException(
          "%s: %s takes %d bytes of host memory, found %d"
              .formatted(op, x, expected, host.byteSize()));
    }
  }

  /** Copies from the host. */
  protected abstract void copyIn(Tensor to, MemorySegment from);

  /** Copies to the host, once the work that makes the tensor is done. */
  protected abstract void copyOut(MemorySegment to, Tensor from);

  /** Copies from tensor to tensor. */
  protected abstract void copyAcross(Tensor to, Tensor from);

  protected abstract void fill(long count, Tensor x, float value);
}
