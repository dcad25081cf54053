package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.op.MemoryOps;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Copies on the host, shared out among threads. */
final class CpuMemory extends MemoryOps {
  private static final long BYTES_OF_TASK = 4 * CpuRunner.GRAIN;

  private final ThreadTeam team;

  CpuMemory(CpuRunner cpu) {
    super(cpu);
    this.team = cpu.team;
  }

  @Override
  protected void copyIn(Tensor to, MemorySegment from) {
    to.segment().copyFrom(from);
  }

  @Override
  protected void copyOut(MemorySegment to, Tensor from) {
    to.copyFrom(from.segment());
  }

  @Override
  protected void copyAcross(Tensor to, Tensor from) {
    team.runRanges(
        from.segment().byteSize(),
        BYTES_OF_TASK,
        (start, end) ->
            MemorySegment.copy(from.segment(), start, to.segment(), start, end - start));
  }

  @Override
  protected void fill(long count, Tensor x, float value) {
    MemorySegment memory = x.segment();
    int bits = Float.floatToRawIntBits(value);
    if (bits == 0) {
      team.runRanges(
          memory.byteSize(),
          BYTES_OF_TASK,
          (start, end) -> memory.asSlice(start, end - start).fill((byte) 0));
    } else {
      for (long i = 0; i < count; i++) {
        memory.setAtIndex(JAVA_FLOAT, i, value);
      }
    }
  }
}
