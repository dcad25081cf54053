package io.github.deit4j.cuda.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.deit4j.bindings.cublas.Cublas;
import io.github.deit4j.bindings.cublas.cublasLtMatmulHeuristicResult_t;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
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
  private final MemorySegment address = arena.allocate(JAVA_LONG);
  private final MemorySegment rowLength = arena.allocate(JAVA_LONG);

  private LtProduct(
      CudaContext context,
      MemorySegment handle,
      ProductProblem problem,
      MatrixProduct.Operands operands,
      Workspace workspace,
      AlgorithmChoice choice) {
    this.context = context;
    this.handle = handle;
    this.problem = problem;
    this.workspace = workspace;
    rowLength.set(JAVA_LONG, 0, problem.n());
    try {
      operation = operation();
      first = layout(problem.factorType(), problem.n(), problem.k(), problem.transposeB());
      second = layout(problem.factorType(), problem.k(), problem.m(), problem.transposeA());
      result = layout(problem.resultType(), problem.n(), problem.m(), false);
      point(operands);
      algorithm = choose(operands, choice);
    } catch (RuntimeException e) {
      throw closing.after(e);
    }
  }

  /**
   * Looks for an algorithm that adds in a fixed order and needs no larger workspace.
   *
   * @param operands of one such product
   * @param choice chooses among several; null for the library's favourite
   * @return nothing if cuBLASLt has none for the problem
   */
  static Optional<LtProduct> find(
      CudaContext context,
      MemorySegment handle,
      ProductProblem problem,
      MatrixProduct.Operands operands,
      Workspace workspace,
      AlgorithmChoice choice) {
    var product = new LtProduct(context, handle, problem, operands, workspace, choice);
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
    MemorySegment kind = number(problem.kind().number());
    set(description, Cublas.CUBLASLT_MATMUL_DESC_EPILOGUE(), kind);
    return description;
  }

  /**
   * Says where the epilogue's operands lie. The search for an algorithm looks at how they are
   * aligned.
   */
  private void point(MatrixProduct.Operands operands) {
    if (operands.vector() != 0) {
      point(Cublas.CUBLASLT_MATMUL_DESC_BIAS_POINTER(), operands.vector());
    }
    if (operands.pre() != 0) {
      set(operation, Cublas.CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD(), rowLength);
      point(Cublas.CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER(), operands.pre());
    }
  }

  private void point(int attribute, long operand) {
    address.set(JAVA_LONG, 0, operand);
    set(operation, attribute, address);
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

  private MemorySegment choose(MatrixProduct.Operands operands, AlgorithmChoice choice) {
    MemorySegment preference =
        create("cublasLtMatmulPreferenceCreate", Cublas::cublasLtMatmulPreferenceCreate);
    try {
      int reduction = Cublas.CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE();
      MemorySegment bytes = arena.allocateFrom(JAVA_LONG, workspace.bytes());
      ProductProblem.Alignments alignments = problem.alignments();
      MemorySegment a = number(alignments.b());
      MemorySegment b = number(alignments.a());
      MemorySegment c = number(alignments.base());
      MemorySegment d = number(alignments.c());
      prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES(), bytes);
      // Parts of long sums, if any, meet in the workspace and are added there in order.
      prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK(), number(reduction));
      prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES(), a);
      prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES(), b);
      prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES(), c);
      prefer(preference, Cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES(), d);
      List<MemorySegment> all = all(preference, choice == null ? 1 : AlgorithmChoice.CANDIDATES);
      return switch (all.size()) {
        case 0 -> MemorySegment.NULL;
        case 1 -> all.getFirst();
        default -> choice.among(all, problem, operands, this::run);
      };
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

  /** Returns algorithms, the library's favourite first. */
  private List<MemorySegment> all(MemorySegment preference, int most) {
    MemoryLayout each = cublasLtMatmulHeuristicResult_t.layout();
    MemorySegment found = arena.allocate(each, most);
    MemorySegment count = Driver.pointer();
    int status =
        Cublas.cublasLtMatmulAlgoGetHeuristic(
            handle, operation, first, second, result, result, preference, most, found, count);
    if (status == Cublas.CUBLAS_STATUS_NOT_SUPPORTED() || Driver.getInt(count) == 0) {
      return List.of();
    }
    check("cublasLtMatmulAlgoGetHeuristic", status);
    List<MemorySegment> algorithms = new ArrayList<>();
    for (MemorySegment one : found.elements(each).limit(Driver.getInt(count)).toList()) {
      check("the algorithm", cublasLtMatmulHeuristicResult_t.state(one));
      algorithms.add(cublasLtMatmulHeuristicResult_t.algo(one));
    }
    return algorithms;
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
    run(algorithm, operands);
  }

  private void run(MemorySegment by, MatrixProduct.Operands operands) {
    beta.set(JAVA_FLOAT, 0, operands.beta());
    point(operands);
    check(
        "cublasLtMatmul",
        Cublas.cublasLtMatmul(
            handle,
            operation,
            one,
            MemorySegment.ofAddress(operands.b()),
            first,
            MemorySegment.ofAddress(operands.a()),
            second,
            beta,
            operands.added(),
            result,
            MemorySegment.ofAddress(operands.c()),
            result,
            by,
            MemorySegment.ofAddress(workspace.address()),
            workspace.bytes(),
            context.stream().handle()));
  }

  @Override
  public void close() {
    closing.close();
  }
}
