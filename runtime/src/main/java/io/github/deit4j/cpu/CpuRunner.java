package io.github.deit4j.cpu;

import io.github.deit4j.cpu.core.Workers.RangeTask;
import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.op.OpRunner;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
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

  final Kernels kernels;
  final ThreadTeam team;

  private final Map<Tensor, PackedB> packed = Collections.synchronizedMap(new WeakHashMap<>());

  CpuRunner(Kernels kernels, ThreadTeam team) {
    this.kernels = kernels;
    this.team = team;
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
    op.run();
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
}
