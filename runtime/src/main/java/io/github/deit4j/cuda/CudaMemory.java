package io.github.deit4j.cuda;

import io.github.deit4j.op.MemoryOps;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Copies to, from and on the device. */
final class CudaMemory extends MemoryOps {
  private final Launcher launcher;

  CudaMemory(Launcher launcher) {
    super(launcher);
    this.launcher = launcher;
  }

  @Override
  protected void copyIn(Tensor to, MemorySegment from) {
    launcher.context().write(to, from);
  }

  @Override
  protected void copyOut(MemorySegment to, Tensor from) {
    launcher.context().read(to, from);
  }

  @Override
  protected void copyAcross(Tensor to, Tensor from) {
    launcher.context().copy(to, from);
  }

  @Override
  protected void fill(long count, Tensor x, float value) {
    launcher.elementwise.elements("fill", count, x, value);
  }
}
