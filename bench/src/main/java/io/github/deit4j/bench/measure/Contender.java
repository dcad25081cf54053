package io.github.deit4j.bench.measure;

/** One of several that do the same work and are compared. */
@FunctionalInterface
public interface Contender {
  /**
   * Does the work {@code untimed} times, then {@code calls} times, and returns how long all of
   * these took, in nanoseconds.
   */
  long time(int untimed, int calls);

  /** Returns whether {@link #time} ends with a rest, in which the processors do nothing. */
  default boolean rests() {
    return false;
  }

  /** Returns a contender of this JVM. */
  static Contender of(Runnable work) {
    return of(work, () -> {});
  }

  /**
   * Returns a contender of this JVM whose work is done elsewhere.
   *
   * @param end waits until all work is done; once, at the end of the calls, and part of their time
   */
  static Contender of(Runnable work, Runnable end) {
    return (untimed, calls) -> {
      repeat(untimed, work, end);
      long start = System.nanoTime();
      repeat(calls, work, end);
      return System.nanoTime() - start;
    };
  }

  private static void repeat(int calls, Runnable work, Runnable end) {
    for (int i = 0; i < calls; i++) {
      work.run();
    }
    end.run();
  }
}
