package io.github.deit4j.bench.measure;

import io.github.deit4j.cpu.core.Workers;
import java.time.Duration;

/**
 * A fixed loop of multiply-adds on one thread: its rate is the clock's, so that a lower one than
 * elsewhere in a run tells of a processor that was throttled or shared.
 */
public final class ClockProbe {
  private static final Effort WARM =
      new Effort(5, Duration.ofMillis(1), Duration.ZERO, Duration.ZERO, 0);

  /** Warms the loop up. */
  public ClockProbe() {
    FmaPeak.gflops(Workers.SERIAL, WARM);
  }

  /** Returns the best of a few milliseconds, in GFLOP/s. */
  public double gflops() {
    return FmaPeak.gflops(Workers.SERIAL, WARM);
  }
}
