package io.github.deit4j.collective;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A wait for others without a word from them. At first it only lets other threads run: libraries
 * hand over large messages in shares, one per question, so who asks seldom waits long. The longer
 * it lasts, the longer the rests: ranks that share processors with the one that they wait for must
 * leave them to it.
 */
public final class Idle {
  private static final long RESTLESS_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long SHORTEST_NANOS = TimeUnit.MICROSECONDS.toNanos(20);
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** A rest is this part of the time waited so far. */
  private static final long PART = 16;

  private final long begin = System.nanoTime();

  /** Begins to wait. */
  public Idle() {}

  /** Returns how long the wait has lasted. */
  public Duration since() {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  /** Leaves the processor to others, for a while that gets longer. */
  public void rest() {
    long waited = System.nanoTime() - begin;
    if (waited < RESTLESS_NANOS) {
      Thread.yield();
    } else {
      LockSupport.parkNanos(Math.clamp(waited / PART, SHORTEST_NANOS, LONGEST_NANOS));
    }
  }
}
