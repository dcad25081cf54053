package io.github.deit4j.bench.measure;

/** One of several that do the same work and are compared. */
public interface Contender {
  /** Returns its name in the results, such as {@code cpu} or {@code peer:pytorch}. */
  String name();

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
  static Contender of(String name, Runnable work) {
    return of(name, work, () -> {});
  }

  /**
   * Returns a contender of this JVM whose work is done elsewhere.
   *
   * @param end waits until all work is done; once, at the end of the calls, and part of their time
   */
  static Contender of(String name, Runnable work, Runnable end) {
    return new Contender() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public long time(int untimed, int calls) {
        repeat(untimed);
        long start = System.nanoTime();
        repeat(calls);
        return System.nanoTime() - start;
      }

      private void repeat(int calls) {
        for (int i = 0; i < calls; i++) {
          work.run();
        }
        end.run();
      }
    };
  }
}
