package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.op.Checks;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Whole tensors, copied and filled. */
final class CpuMemory {
  private static final long BYTES_OF_TASK = 4 * CpuBackend.GRAIN;

  private final ThreadTeam team;

  CpuMemory(ThreadTeam team) {
    this.team = team;
  }

  void copy(Tensor to, Tensor from) {
    Checks.exactly("copy", "to", to, from.dtype(), from.shape());
    MemorySegment source = from.segment();
    MemorySegment target = to.segment();
    team.runRanges(
        source.byteSize(),
        BYTES_OF_TASK,
        (start, end) -> MemorySegment.copy(source, start, target, start, end - start));
  }

  void fill(Tensor x, float value) {
    Checks.elements("fill", "x", x, x.elements());
    MemorySegment memory = x.segment();
    int bits = Float.floatToRawIntBits(value);
    if (bits == 0) {
      team.runRanges(
          memory.byteSize(),
          BYTES_OF_TASK,
          (start, end) -> memory.asSlice(start, end - start).fill((byte) 0));
    } else {
      for (long i = 0; i < x.elements(); i++) {
        memory.setAtIndex(JAVA_FLOAT, i, value);
      }
    }
  }
}
