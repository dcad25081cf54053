package io.github.deit4j.cuda;

import io.github.deit4j.op.MemoryOps;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Copies to, from and on the device. */
final class CudaMemory extends MemoryOps {
  private final Launcher cuda;

  CudaMemory(Launcher cuda) {
    super(cuda);
    this.cuda = cuda;
  }

  @Override
  protected void copyIn(Tensor to, MemorySegment from) {
    cuda.context().write(to, from);
  }

  @Override
  protected void copyOut(MemorySegment to, Tensor from) {
    cuda.context().read(to, from);
  }

  @Override
  protected void copyAcross(Tensor to, Tensor from) {
    cuda.context().copy(to, from);
  }

  @Override
  protected void fill(long count, Tensor x, float value) {
    cuda.elementwise.elements("fill", count, x, value);
  }
}
