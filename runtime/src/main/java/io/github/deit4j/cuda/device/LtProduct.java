package io.github.deit4j.cuda.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.deit4j.bindings.cublas.Cublas;
import io.github.deit4j.bindings.cublas.cublasLtMatmulHeuristicResult_t;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.ToIntFunction;

/** A product by cuBLASLt: descriptions of operands and operation, and the algorithm. */
final class LtProduct implements MatrixProduct.Algorithm, Closing.Closeable {
  /**
   * Memory on the device that all algorithms share, one after the other.
   *
   * @param address aligned to 256 bytes
   */
  record Workspace(long address, long bytes) {}

  private final CudaContext context;
  private final MemorySegment handle;
  private final ProductProblem problem;
  private final Workspace workspace;
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

  private LtProduct(
      CudaContext context, MemorySegment handle, ProductProblem problem, Workspace workspace) {
    this.context = context;
    this.handle = handle;
    this.problem = problem;
    this.workspace = workspace;
    try {
      operation = operation();
      first = layout(problem.factorType(), problem.n(), problem.k(), problem.transposeB());
      second = layout(problem.factorType(), problem.k(), problem.m(), problem.transposeA());
      result = layout(Cublas.CUDA_R_32F(), problem.n(), problem.m(), false);
      algorithm = choose();
    } catch (RuntimeException e) {
      throw closing.after(e);
    }
  }

  /**
   * Looks for an algorithm that adds in a fixed order and needs no larger workspace.
   *
   * @return nothing if cuBLASLt has none for the problem
   */
  static Optional<LtProduct> find(
      CudaContext context, MemorySegment handle, ProductProblem problem, Workspace workspace) {
    var product = new LtProduct(context, handle, problem, workspace);
    if (product.algorithm.equals(MemorySegment.NULL)) {
      product.close();
      return Optional.empty();
    }
    return Optional.of(product);
  }

  private MemorySegment operation() {
    int compute = problem.computeType();
    MemorySegment description =
        create(
            "cublasLtMatmulDescCreate",
            to -> Cublas.cublasLtMatmulDescCreate(to, compute, Cublas.CUDA_R_32F()));
    own("cublasLtMatmulDescDestroy", Cublas::cublasLtMatmulDescDestroy, description);
    MemorySegment transposeA = number(ProductProblem.operation(problem.transposeA()));
    MemorySegment transposeB = number(ProductProblem.operation(problem.transposeB()));
    set(description, Cublas.CUBLASLT_MATMUL_DESC_TRANSA(), transposeB);
    set(description, Cublas.CUBLASLT_MATMUL_DESC_TRANSB(), transposeA);
    if (problem.bias()) {
      MemorySegment addsBias = number(Cublas.CUBLASLT_EPILOGUE_BIAS());
      set(description, Cublas.CUBLASLT_MATMUL_DESC_EPILOGUE(), addsBias);
    }
    return description;
  }

  private MemorySegment number(int value) {
    return arena.allocateFrom(JAVA_INT, value);
  }

  private void set(MemorySegment description, int attribute, MemorySegment value) {
    check(
        "cublasLtMatmulDescSetAttribute",
        Cublas.cublasLtMatmulDescSetAttribute(description, attribute, value, value.byteSize()));
  }

  /** Describes a matrix of so many rows and columns once op has been applied, columns first. */
  private MemorySegment layout(int type, int rows, int columns, boolean transpose) {
    int stored = transpose ? columns : rows;
    int other = transpose ? rows : columns;
    MemorySegment layout =
        create(
            "cublasLtMatrixLayoutCreate",
            to -> Cublas.cublasLtMatrixLayoutCreate(to, type, stored, other, stored));
    own("cublasLtMatrixLayoutDestroy", Cublas::cublasLtMatrixLayoutDestroy, layout);
    return layout;
  }

  private MemorySegment choose() {
    MemorySegment preference =
        create("cublasLtMatmulPreferenceCreate", Cublas::cublasLtMatmulPreferenceCreate);
    try {
      int reduction = Cublas.CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE();
      MemorySegment bytes = arena.allocateFrom(JAVA_LONG, workspace.bytes());
      MemorySegment a = number(problem.alignmentB());
      MemorySegment b = number(problem.alignmentA());
      MemorySegment c = number(problem.alignmentC());
      prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES(), bytes);
      // Parts of long sums, if any, meet in the workspace and are added there in order.
      prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK(), number(reduction));
      prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES(), a);
      prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES(), b);
      prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES(), c);
      prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES(), c);
      return best(preference);
    } finally {
      check("cublasLtMatmulPreferenceDestroy", Cublas.cublasLtMatmulPreferenceDestroy(preference));
    }
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
    int status =
        Cublas.cublasLtMatmulAlgoGetHeuristic(
            handle, operation, first, second, result, result, preference, 1, found, count);
    if (status == Cublas.CUBLAS_STATUS_NOT_SUPPORTED() || Driver.getInt(count) == 0) {
      return MemorySegment.NULL;
    }
    check("cublasLtMatmulAlgoGetHeuristic", status);
    check("the algorithm", cublasLtMatmulHeuristicResult_t.state(found));
    return cublasLtMatmulHeuristicResult_t.algo(found);
  }

  private MemorySegment create(String what, ToIntFunction<MemorySegment> call) {
    MemorySegment created = Driver.pointer();
    check(what, call.applyAsInt(created));
    return Driver.get(created);
  }

  private void own(String destroy, ToIntFunction<MemorySegment> call, MemorySegment owned) {
    closing.undo(() -> check(destroy, call.applyAsInt(owned)));
  }

  private void check(String call, int status) {
    if (status != Cublas.CUBLAS_STATUS_SUCCESS()) {
      Driver.checkCublas("%s: %s for %s".formatted(context.device(), call, problem), status);
    }
  }

  @Override
  public void run(MatrixProduct.Operands operands) {
    beta.set(JAVA_FLOAT, 0, operands.beta());
    if (problem.bias()) {
      bias.set(JAVA_LONG, 0, operands.bias());
      set(operation, Cublas.CUBLASLT_MATMUL_DESC_BIAS_POINTER(), bias);
    }
    MemorySegment to = operands.pointerC();
    check(
        "cublasLtMatmul",
        Cublas.cublasLtMatmul(
            handle,
            operation,
            one,
            operands.pointerB(),
            first,
            operands.pointerA(),
            second,
            beta,
            to,
            result,
            to,
            result,
            algorithm,
            MemorySegment.ofAddress(workspace.address()),
            workspace.bytes(),
            context.stream().handle()));
  }

  @Override
  public void close() {
    closing.close();
  }
}
