package io.github.deit4j.bench.measure;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * How long a number's way to another processor and back takes. Processors with a last-level cache
 * in common are near, others far; those of a virtual machine move from one to the other, and what
 * threads share then costs several times as much.
 */
final class CoreDistance {
  static final String THREAD = "deit4j-core-distance";

  private static final int ROUNDS = 50_000;
  private static final int ROUNDS_PER_CLOCK_READ = 64;

  /** On a busy machine a thread may wait for a processor, milliseconds each time. */
  private static final long MAX_NANOS = 200_000_000;

  private static final int STOP = -1;

  /** Of an array that has two cache lines to itself on either side. */
  private static final int PLACE = 32;

  private CoreDistance() {}

  /** Measures, as a text; {@code unknown} where there is only one processor. */
  static String description() {
    return Runtime.getRuntime().availableProcessors() == 1
        ? "unknown"
        : String.format(Locale.ROOT, "%.0f ns", nanoseconds());
  }

  static double nanoseconds() {
    AtomicIntegerArray ball = new AtomicIntegerArray(2 * PLACE);
    Thread other = Thread.ofPlatform().name(THREAD).daemon().start(() -> giveBack(ball));
    try {
      play(ball); // Until it is compiled.
      return play(ball);
    } finally {
      ball.set(PLACE, STOP);
      try {
        other.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static double play(AtomicIntegerArray ball) {
    long start = System.nanoTime();
    long nanos = 0;
    int rounds = 0;
    while (rounds < ROUNDS && nanos < MAX_NANOS) {
      for (int i = 0; i < ROUNDS_PER_CLOCK_READ; i++) {
        ball.set(PLACE, 1);
        while (ball.get(PLACE) == 1) {
          Thread.onSpinWait();
        }
      }
      rounds += ROUNDS_PER_CLOCK_READ;
      nanos = System.nanoTime() - start;
    }
    return (double) nanos / rounds;
  }

  private static void giveBack(AtomicIntegerArray ball) {
    for (int there = ball.get(PLACE); there != STOP; there = ball.get(PLACE)) {
      if (there == 1) {
        ball.set(PLACE, 0);
      } else {
        Thread.onSpinWait();
      }
    }
  }
}
