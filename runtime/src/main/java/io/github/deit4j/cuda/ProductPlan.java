package io.github.deit4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.deit4j.backend.DeviceFailureException;
import io.github.deit4j.bindings.cublas.Cublas;
import io.github.deit4j.bindings.cublas.cublasLtMatmulHeuristicResult_t;
import io.github.deit4j.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.ToIntFunction;

/**
 * How cuBLASLt solves one problem: descriptions of operands and operation, and the algorithm.
 *
 * <p>cuBLASLt counts columns first. A row-major matrix is its transpose there, so the product asked
 * of it is cᵀ = op(b)ᵀ·op(a)ᵀ, without copying anything; the bias then goes down the columns.
 */
final class ProductPlan implements Closing.Closeable {
  private final CudaContext context;
  private final MemorySegment handle;
  private final Problem problem;
  private final Closing closing = new Closing();
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment operation;
  private final MemorySegment first;
  private final MemorySegment second;
  private final MemorySegment result;
  private final MemorySegment algorithm;
  private final MemorySegment one = arena.allocateFrom(JAVA_FLOAT, 1f);
  private final MemorySegment beta = arena.allocate(JAVA_FLOAT);
  private final MemorySegment bias = arena.allocate(JAVA_LONG);

  /**
   * What an algorithm is chosen for.
   *
   * @param m rows of c
   * @param n columns of c
   * @param k length of the sums
   * @param factors element type of a and b
   * @param product element type of c
   * @param alignmentA the largest power of two that divides a's address, at most {@link #ALIGNED}
   */
  record Problem(
      int m,
      int n,
      int k,
      boolean transposeA,
      boolean transposeB,
      DType factors,
      DType product,
      boolean bias,
      boolean tf32,
      int alignmentA,
      int alignmentB,
      int alignmentC) {
    /** What every tensor has that is no slice; more is of no use. */
    static final int ALIGNED = 64;

    static int alignment(long address) {
      return (int) Math.min(ALIGNED, Long.lowestOneBit(address | ALIGNED));
    }

    @Override
    public String toString() {
      return "%s [%d, %d] = %s%s·%s%s over %d%s"
          .formatted(
              product,
              m,
              n,
              factors,
              transposeA ? " aᵀ" : " a",
              factors,
              transposeB ? " bᵀ" : " b",
              k,
              bias ? " + bias" : "");
    }
  }

  /** Chooses an algorithm that needs no larger workspace. */
  ProductPlan(CudaContext context, MemorySegment handle, Problem problem, long workspaceBytes) {
    this.context = context;
    this.handle = handle;
    this.problem = problem;
    try {
      operation = operation();
      first = layout(problem.factors(), problem.n(), problem.k(), problem.transposeB());
      second = layout(problem.factors(), problem.k(), problem.m(), problem.transposeA());
      result = layout(problem.product(), problem.n(), problem.m(), false);
      algorithm = choose(workspaceBytes);
    } catch (RuntimeException e) {
      throw closing.after(e);
    }
  }

  private MemorySegment operation() {
    MemorySegment created = Driver.pointer();
    int compute =
        problem.tf32() && problem.factors() == DType.F32
            ? Cublas.CUBLAS_COMPUTE_32F_FAST_TF32()
            : Cublas.CUBLAS_COMPUTE_32F();
    check(
        "cublasLtMatmulDescCreate",
        Cublas.cublasLtMatmulDescCreate(created, compute, Cublas.CUDA_R_32F()));
    MemorySegment description = Driver.get(created);
    own("cublasLtMatmulDescDestroy", Cublas::cublasLtMatmulDescDestroy, description);
    set(description, Cublas.CUBLASLT_MATMUL_DESC_TRANSA(), transposition(problem.transposeB()));
    set(description, Cublas.CUBLASLT_MATMUL_DESC_TRANSB(), transposition(problem.transposeA()));
    if (problem.bias()) {
      set(description, Cublas.CUBLASLT_MATMUL_DESC_EPILOGUE(), Cublas.CUBLASLT_EPILOGUE_BIAS());
    }
    return description;
  }

  private static int transposition(boolean transpose) {
    return transpose ? Cublas.CUBLAS_OP_T() : Cublas.CUBLAS_OP_N();
  }

  private void set(MemorySegment description, int attribute, int value) {
    setAttribute(description, attribute, arena.allocateFrom(JAVA_INT, value));
  }

  private static void setAttribute(MemorySegment description, int attribute, MemorySegment value) {
    CublasStatus.check(
        "cublasLtMatmulDescSetAttribute",
        Cublas.cublasLtMatmulDescSetAttribute(description, attribute, value, value.byteSize()));
  }

  /** Describes a matrix of so many rows and columns once op has been applied, columns first. */
  private MemorySegment layout(DType dtype, int rows, int columns, boolean transpose) {
    int stored = transpose ? columns : rows;
    MemorySegment created = Driver.pointer();
    check(
        "cublasLtMatrixLayoutCreate",
        Cublas.cublasLtMatrixLayoutCreate(
            created, type(dtype), stored, transpose ? rows : columns, stored));
    MemorySegment layout = Driver.get(created);
    own("cublasLtMatrixLayoutDestroy", Cublas::cublasLtMatrixLayoutDestroy, layout);
    return layout;
  }

  private static int type(DType dtype) {
    return dtype == DType.BF16 ? Cublas.CUDA_R_16BF() : Cublas.CUDA_R_32F();
  }

  private MemorySegment choose(long workspaceBytes) {
    MemorySegment created = Driver.pointer();
    check("cublasLtMatmulPreferenceCreate", Cublas.cublasLtMatmulPreferenceCreate(created));
    MemorySegment preference = Driver.get(created);
    try {
      prefer(preference, workspaceBytes);
      return best(preference);
    } finally {
      check("cublasLtMatmulPreferenceDestroy", Cublas.cublasLtMatmulPreferenceDestroy(preference));
    }
  }

  private void prefer(MemorySegment preference, long workspaceBytes) {
    prefer(
        preference,
        Cublas.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES(),
        arena.allocateFrom(JAVA_LONG, workspaceBytes));
    // Parts of long sums, if any, meet in the workspace and are added there in order.
    prefer(
        preference,
        Cublas.CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK(),
        Cublas.CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE());
    prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES(), problem.alignmentB());
    prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES(), problem.alignmentA());
    prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES(), problem.alignmentC());
    prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES(), problem.alignmentC());
  }

  private void prefer(MemorySegment preference, int attribute, int value) {
    prefer(preference, attribute, arena.allocateFrom(JAVA_INT, value));
  }

  private void prefer(MemorySegment preference, int attribute, MemorySegment value) {
    check(
        "cublasLtMatmulPreferenceSetAttribute",
        Cublas.cublasLtMatmulPreferenceSetAttribute(
            preference, attribute, value, value.byteSize()));
  }

  private MemorySegment best(MemorySegment preference) {
    MemorySegment found = arena.allocate(cublasLtMatmulHeuristicResult_t.layout());
    MemorySegment count = Driver.pointer();
    check(
        "cublasLtMatmulAlgoGetHeuristic",
        Cublas.cublasLtMatmulAlgoGetHeuristic(
            handle, operation, first, second, result, result, preference, 1, found, count));
    if (Driver.getInt(count) == 0) {
      throw new DeviceFailureException(
          "%s: cuBLASLt has no algorithm for %s".formatted(context.device(), problem),
          "CUBLAS_STATUS_NOT_SUPPORTED");
    }
    check("algorithm", cublasLtMatmulHeuristicResult_t.state(found));
    return cublasLtMatmulHeuristicResult_t.algo(found);
  }

  private void own(String destroy, ToIntFunction<MemorySegment> call, MemorySegment owned) {
    closing.undo(() -> check(destroy, call.applyAsInt(owned)));
  }

  private void check(String call, int status) {
    if (status != Cublas.CUBLAS_STATUS_SUCCESS()) {
      CublasStatus.check("%s: %s for %s".formatted(context.device(), call, problem), status);
    }
  }

  /** Appends the product to the device's work; the addresses are of the row-major c, a and b. */
  void run(
      long c, long a, long b, float factor, long biasAddress, long workspace, long workspaceBytes) {
    beta.set(JAVA_FLOAT, 0, factor);
    if (problem.bias()) {
      bias.set(JAVA_LONG, 0, biasAddress);
      setAttribute(operation, Cublas.CUBLASLT_MATMUL_DESC_BIAS_POINTER(), bias);
    }
    MemorySegment to = MemorySegment.ofAddress(c);
    check(
        "cublasLtMatmul",
        Cublas.cublasLtMatmul(
            handle,
            operation,
            one,
            MemorySegment.ofAddress(b),
            first,
            MemorySegment.ofAddress(a),
            second,
            beta,
            to,
            result,
            to,
            result,
            algorithm,
            MemorySegment.ofAddress(workspace),
            workspaceBytes,
            context.stream().handle()));
  }

  @Override
  public void close() {
    closing.close();
  }
}
