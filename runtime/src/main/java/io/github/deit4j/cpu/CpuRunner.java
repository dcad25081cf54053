package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Workers.RangeTask;
import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.op.OpRunner;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * What all ops on the host share: kernels, threads, and the weights that are kept packed, as long
 * as their tensors live and nobody writes to them. An op is done by the thread that calls it and
 * its team.
 */
final class CpuRunner extends OpRunner {
  /** Elements of one task: enough to pay for handing it out. */
  static final long GRAIN = 16_384;

  private static final long BYTES_OF_COPY = 4 * GRAIN;

  final Kernels kernels;
  final ThreadTeam team;
  private final boolean computes;

  private final Map<Tensor, PackedB> packed = Collections.synchronizedMap(new WeakHashMap<>());

  /**
   * Creates a runner.
   *
   * @param computes whether ops are done; else they are checked and that is all
   */
  CpuRunner(Kernels kernels, ThreadTeam team, boolean computes) {
    this.kernels = kernels;
    this.team = team;
    this.computes = computes;
  }

  /** Pairs of bfloat16 where the matrix product makes them of its factors anyway. */
  @Override
  public DType factorType() {
    return kernels.gemm().keepsPairs() ? DType.BF16 : DType.F32;
  }

  /** Returns a tensor as a matrix of contiguous rows. */
  static Matrix matrix(Tensor x, int rows, int columns) {
    return x.dtype() == DType.BF16
        ? Matrix.ofPairs(x.segment(), rows, columns)
        : Matrix.of(x.segment(), rows, columns);
  }

  /** Shares out elements. */
  void elements(long count, RangeTask task) {
    team.runRanges(count, GRAIN, task);
  }

  /** Shares out rows of so many numbers. */
  void rows(long count, int width, RangeTask task) {
    team.runRanges(count, Math.max(1, GRAIN / width), task);
  }

  /** Shares out columns: whole cache lines, at least two tasks per thread where it pays. */
  void columns(int count, RangeTask task) {
    team.runRanges(count, Math.max(16, count / (2L * team.threads()) / 16 * 16), task);
  }

  @Override
  protected void execute(Runnable op) {
    if (computes) {
      op.run();
    }
  }

  /** Keeps a packed weight. */
  void keep(Tensor w, PackedB weight) {
    packed.put(w, weight);
  }

  /** Returns a weight as it is kept, or null. */
  PackedB packed(Tensor w) {
    return packed.get(w);
  }

  @Override
  protected void forget(Tensor changed) {
    if (!packed.isEmpty()) {
      MemorySegment memory = changed.segment();
      packed.values().removeIf(each -> overlap(each.source().memory(), memory));
    }
  }

  private static boolean overlap(MemorySegment a, MemorySegment b) {
    return a.address() < b.address() + b.byteSize() && b.address() < a.address() + a.byteSize();
  }

  @Override
  protected void copyIn(Tensor to, List<MemorySegment> from) {
    MemorySegment target = to.segment();
    long at = 0;
    for (MemorySegment piece : from) {
      MemorySegment.copy(piece, 0, target, at, piece.byteSize());
      at += piece.byteSize();
    }
  }

  @Override
  protected void copyOut(MemorySegment to, Tensor from) {
    to.copyFrom(from.segment());
  }

  @Override
  protected void copyAcross(Tensor to, Tensor from) {
    MemorySegment source = from.segment();
    MemorySegment target = to.segment();
    team.runRanges(
        source.byteSize(),
        BYTES_OF_COPY,
        (start, end) -> MemorySegment.copy(source, start, target, start, end - start));
  }

  @Override
  protected void fill(long count, Tensor x, float value) {
    MemorySegment memory = x.segment();
    int bits = Float.floatToRawIntBits(value);
    if (bits == 0) {
      team.runRanges(
          memory.byteSize(),
          BYTES_OF_COPY,
          (start, end) -> memory.asSlice(start, end - start).fill((byte) 0));
    } else {
      for (long i = 0; i < count; i++) {
        memory.setAtIndex(JAVA_FLOAT, i, value);
      }
    }
  }
}
