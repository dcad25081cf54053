package io.github.deit4j.bench.cases;

/** Is told of the ops that a {@link ProfiledBackend} has done. */
interface OpListener {
  /**
   * An op has ended.
   *
   * @param op the backend's method
   * @param operands as given to it
   * @param nanos how long it took
   */
  void done(String op, Object[] operands, long nanos);
}
