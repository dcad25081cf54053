package io.github.deit4j.bench.measure;

/** One of several that do the same work and are compared. */
public interface Contender {
  /** Returns its name in the results, such as {@code cpu} or {@code peer:pytorch}. */
  String name();

  /** Does the work {@code calls} times and returns how long all of them took, in nanoseconds. */
  long time(int calls);

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
      public long time(int calls) {
        long start = System.nanoTime();
        for (int i = 0; i < calls; i++) {
          work.run();
        }
        end.run();
        return System.nanoTime() - start;
      }
    };
  }
}
