package io.github.deit4j.cpu.kernel;

/**
 * The matrix product. Strides of a {@link Matrix} make it serve all transpositions.
 *
 * <p>Each element is one chain: {@code t = init[i, j]}, then {@code t = fma(a[i, k], b[k, j], t)}
 * for k ascending, then {@code c[i, j] = t}. Blocking over k that stores t and loads it again keeps
 * the chain; no k is ever split off and added later.
 */
public interface Gemm {
  /**
   * Computes {@code c = init + a·b}.
   *
   * @param workers the threads that share the work
   * @param c the result, [m, n], column stride 1
   * @param init what each chain starts from, [m, n], column stride 1; may be {@code c} itself
   * @param a left factor, [m, k], row or column stride 1, not overlapping c
   * @param b right factor, [k, n], row or column stride 1, not overlapping c
   * @param epilogue what is done with the result block by block
   */
  void multiply(Workers workers, Matrix c, Matrix init, Matrix a, Matrix b, Epilogue epilogue);

  /** Computes {@code c = init + a·b} and nothing else. */
  default void multiply(Workers workers, Matrix c, Matrix init, Matrix a, Matrix b) {
    multiply(workers, c, init, a, b, Epilogue.NONE);
  }

  /** Lays a right factor out once for many products; it must not change as long as it is used. */
  default PackedMatrix pack(Workers workers, Matrix b) {
    return new PackedMatrix(b, null);
  }

  /** Computes {@code c = init + a·b} with a right factor from {@link #pack}; the same bits. */
  default void multiply(
      Workers workers, Matrix c, Matrix init, Matrix a, PackedMatrix b, Epilogue epilogue) {
    multiply(workers, c, init, a, b.source(), epilogue);
  }
}
