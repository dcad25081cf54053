package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cublas.Cublas;
import io.github.deit4j.tensor.DType;

/**
 * What an algorithm for a matrix product is chosen for.
 *
 * <p>cuBLAS counts columns first. A row-major matrix is its transpose there, so the product asked
 * of it is cᵀ = op(b)ᵀ·op(a)ᵀ, without copying anything: b comes first, and n counts c's rows.
 *
 * @param m rows of c
 * @param n columns of c
 * @param k length of the sums
 * @param transposeA whether a is stored as [k, m]
 * @param transposeB whether b is stored as [n, k]
 * @param factors element type of a and b
 * @param result element type of c and all else
 * @param kind what becomes of c
 * @param tf32 whether float32 factors may be rounded to TF32
 * @param alignments of all operands
 */
record ProductProblem(
    int m,
    int n,
    int k,
    boolean transposeA,
    boolean transposeB,
    DType factors,
    DType result,
    ProductEpilogue.Kind kind,
    boolean tf32,
    Alignments alignments) {
  /** What every tensor has that is no slice; more is of no use. */
  private static final int ALIGNED = 64;

  /**
   * For each operand the largest power of two, up to {@link #ALIGNED}, that divides its address.
   *
   * @param base of what is added; c's where that is nothing
   */
  record Alignments(int a, int b, int c, int base, int vector, int pre) {
    static Alignments of(MatrixProduct.Operands operands) {
      return new Alignments(
          alignment(operands.a()),
          alignment(operands.b()),
          alignment(operands.c()),
          alignment(operands.added().address()),
          alignment(operands.vector()),
          alignment(operands.pre()));
    }

    private static int alignment(long address) {
      return (int) Math.min(ALIGNED, Long.lowestOneBit(address | ALIGNED));
    }
  }

  /** Returns cuBLAS's name of what is done to a factor. */
  static int operation(boolean transpose) {
    return transpose ? Cublas.CUBLAS_OP_T() : Cublas.CUBLAS_OP_N();
  }

  /** Returns cuBLAS's name of the factors' type. */
  int factorType() {
    return type(factors);
  }

  /** Returns cuBLAS's name of c's type. */
  int resultType() {
    return type(result);
  }

  private static int type(DType dtype) {
    return dtype == DType.BF16 ? Cublas.CUDA_R_16BF() : Cublas.CUDA_R_32F();
  }

  /** Returns cuBLAS's name of the arithmetic: sums are float32 always. */
  int computeType() {
    return tf32 && factors == DType.F32
        ? Cublas.CUBLAS_COMPUTE_32F_FAST_TF32()
        : Cublas.CUBLAS_COMPUTE_32F();
  }

  /** Returns all that an algorithm is chosen by. */
  String key() {
    return "%s, TF32 %s, %s".formatted(this, tf32, alignments);
  }

  @Override
  public String toString() {
    return "%s [%d, %d] = %s %s·%s over %d, %s"
        .formatted(
            result, m, n, factors, transposeA ? "aᵀ" : "a", transposeB ? "bᵀ" : "b", k, kind);
  }
}
