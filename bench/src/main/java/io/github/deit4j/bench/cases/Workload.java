package io.github.deit4j.bench.cases;

/** What a model does again and again, on a batch that is already there. */
public interface Workload extends Runnable, AutoCloseable {
  @Override
  void run();

  /**
   * Does it for the first time and returns numbers by which another implementation shows that it
   * computes the same.
   */
  float[] check();

  @Override
  void close();
}
