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
   * Returns a contender whose calls only order the work.
   *
   * @param await waits until all that was ordered is done
   */
  static Contender of(String name, Runnable work, Runnable await) {
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
        await.run();
        return System.nanoTime() - start;
      }
    };
  }
}
