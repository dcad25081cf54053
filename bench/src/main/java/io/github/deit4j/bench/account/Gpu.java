package io.github.deit4j.bench.account;

import io.github.deit4j.cuda.standin.StandInWork;
import io.github.deit4j.cuda.standin.StandInWork.Unit;
import java.util.List;

/**
 * A GPU by its maker's data sheet: peaks that no program reaches. Tensor cores without sparsity.
 * Where the numbers come from stands in {@code bench/gpu.md}.
 */
public enum Gpu {
  /** A100 80GB SXM. */
  A100(2.039e12, 19.5e12, 156e12, 312e12),
  /** H100 SXM. */
  H100(3.35e12, 67e12, 494.7e12, 989.4e12),
  /** B200 of an HGX board. */
  B200(8e12, 80e12, 1100e12, 2250e12);

  /** From the end of a kernel to the work of the next within one graph, at the least. */
  private static final double SECONDS_PER_LAUNCH = 2e-6;

  private final double bytes;
  private final double float32;
  private final double tf32;
  private final double bfloat16;

  Gpu(double bytes, double float32, double tf32, double bfloat16) {
    this.bytes = bytes;
    this.float32 = float32;
    this.tf32 = tf32;
    this.bfloat16 = bfloat16;
  }

  private double operations(Unit unit) {
    return switch (unit) {
      case TF32 -> tf32;
      case BFLOAT16 -> bfloat16;
      case FLOAT32, NONE -> float32;
    };
  }

  /**
   * Returns seconds in which the work cannot be done: of each launch, what takes longer, its bytes
   * or its operations, at their peaks, and the time between two. Copies between host and device go
   * on beside it.
   */
  public double bound(List<StandInWork> work) {
    double seconds = 0;
    for (StandInWork each : work) {
      if (!each.isTransfer()) {
        double arithmetic = each.operations() / operations(each.unit());
        double longer = Math.max(each.bytes() / bytes, arithmetic);
        seconds += each.times() * (longer + SECONDS_PER_LAUNCH);
      }
    }
    return seconds;
  }
}
