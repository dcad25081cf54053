package io.github.deit4j.cuda.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.bindings.cublas.Cublas;
import io.github.deit4j.cuda.device.LtProduct.Workspace;
import io.github.deit4j.op.Checks;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Matrix products by cuBLASLt. The algorithm for a problem is chosen at its first use and kept, and
 * only among those that add in a fixed order, so that every run on the same machine has the same
 * bits.
 */
public final class MatrixProduct {
  /** What NVIDIA recommends for Hopper; enough for all before it. */
  private static final long WORKSPACE_BYTES = 32L << 20;

  /** Threads of a block that adds the bias. */
  private static final int THREADS = 256;

  private final CudaContext context;
  private final boolean tf32;
  private final Closing closing;
  private final MemorySegment handle;
  private final Workspace workspace;
  private final Map<ProductProblem, Algorithm> algorithms = new HashMap<>();
  private final MemorySegment one = Arena.ofAuto().allocateFrom(JAVA_FLOAT, 1f);
  private final MemorySegment factor = Arena.ofAuto().allocate(JAVA_FLOAT);
  private MemorySegment gemmHandle = MemorySegment.NULL;

  /** A way to solve one {@link ProductProblem}. */
  @FunctionalInterface
  interface Algorithm {
    /** Appends {@code c = a·b + beta·c + bias} to the device's work. */
    void run(Operands operands);
  }

  /**
   * Where a product's operands lie on the device.
   *
   * @param bias 0 for none
   */
  record Operands(long c, long a, long b, float beta, long bias) {
    private static MemorySegment pointer(long address) {
      return MemorySegment.ofAddress(address);
    }

    MemorySegment pointerC() {
      return pointer(c);
    }

    MemorySegment pointerA() {
      return pointer(a);
    }

    MemorySegment pointerB() {
      return pointer(b);
    }
  }

  private record Multiplication(Algorithm algorithm, Operands operands) implements Command {
    @Override
    public void issue() {
      algorithm.run(operands);
    }
  }

  /**
   * Prepares in the current context.
   *
   * @param tf32 whether float32 factors may be rounded to TF32 for speed
   * @param closing what undoes all that is made here, by now and later
   */
  MatrixProduct(CudaContext context, boolean tf32, Closing closing) {
    this.context = context;
    this.tf32 = tf32;
    this.closing = closing;
    handle = Driver.cublasHandle("cublasLtCreate", Cublas::cublasLtCreate);
    closing.undo(() -> Driver.checkCublas("cublasLtDestroy", Cublas.cublasLtDestroy(handle)));
    long address = closing.add(context.memory("products")).allocate(WORKSPACE_BYTES).address();
    workspace = new Workspace(address, WORKSPACE_BYTES);
  }

  /**
   * {@code c = op(a)·op(b) + beta·c}, plus the bias in every row if there is one.
   *
   * @param c F32 with n in its last dimension and m in all others together
   * @param a F32 or BF16 with m·k elements: [m, k], or [k, m] if transposed
   * @param transposeA whether op turns a round
   * @param b of a's type with k·n elements: [k, n], or [n, k] if transposed
   * @param beta 0 to overwrite c, whatever it holds, or 1 to add to it
   * @param bias F32 [n], or null
   * @throws io.github.deit4j.tensor.ShapeException if the operands do not go together
   */
  public void multiply(
      Tensor c,
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      float beta,
      Tensor bias) {
    int m = c.shape().rows();
    int n = c.shape().size(-1);
    int k = transposeA ? a.shape().rows() : a.shape().size(-1);
    check(c, a, b, bias, m, n, k);
    if (c.elements() == 0) {
      return;
    }
    var problem =
        new ProductProblem(
            m,
            n,
            k,
            transposeA,
            transposeB,
            a.dtype(),
            bias != null,
            tf32,
            alignment(a),
            alignment(b),
            alignment(c));
    synchronized (context) {
      context.makeCurrent();
      Algorithm algorithm = algorithms.computeIfAbsent(problem, this::algorithm);
      var operands =
          new Operands(address(c), address(a), address(b), beta, bias == null ? 0 : address(bias));
      context.submit(new Multiplication(algorithm, operands));
      if (bias != null && !(algorithm instanceof LtProduct)) {
        Grid grid = Grid.cover(c.elements(), THREADS);
        context.kernel("products", "addBias").launch(grid, c, bias, n, c.elements());
      }
    }
  }

  private long address(Tensor x) {
    return x.address(context.device());
  }

  private int alignment(Tensor x) {
    return ProductProblem.alignment(address(x));
  }

  private Algorithm algorithm(ProductProblem problem) {
    Optional<LtProduct> found = LtProduct.find(context, handle, problem, workspace);
    return found.isPresent() ? closing.add(found.get()) : gemm(problem);
  }

  /**
   * The product by cuBLAS itself, which has an algorithm for every problem, if not the fastest; the
   * bias is added by a kernel after it. One stream and a workspace of its own keep its bits the
   * same.
   */
  private Algorithm gemm(ProductProblem problem) {
    MemorySegment gemm = gemmHandle();
    int m = problem.m();
    int n = problem.n();
    int k = problem.k();
    return operands -> {
      factor.set(JAVA_FLOAT, 0, operands.beta());
      Driver.checkCublas(
          "%s: cublasGemmEx for %s".formatted(context.device(), problem),
          Cublas.cublasGemmEx(
              gemm,
              ProductProblem.operation(problem.transposeB()),
              ProductProblem.operation(problem.transposeA()),
              n,
              m,
              k,
              one,
              operands.pointerB(),
              problem.factorType(),
              problem.transposeB() ? k : n,
              operands.pointerA(),
              problem.factorType(),
              problem.transposeA() ? m : k,
              factor,
              operands.pointerC(),
              Cublas.CUDA_R_32F(),
              n,
              problem.computeType(),
              Cublas.CUBLAS_GEMM_DEFAULT()));
    };
  }

  /** Returns cuBLAS's own handle, made when it is first needed. */
  private MemorySegment gemmHandle() {
    if (gemmHandle.equals(MemorySegment.NULL)) {
      MemorySegment made = Driver.cublasHandle("cublasCreate", Cublas::cublasCreate_v2);
      closing.undo(() -> Driver.checkCublas("cublasDestroy", Cublas.cublasDestroy_v2(made)));
      Driver.checkCublas(
          "cublasSetStream", Cublas.cublasSetStream_v2(made, context.stream().handle()));
      Driver.checkCublas(
          "cublasSetWorkspace",
          Cublas.cublasSetWorkspace_v2(
              made, MemorySegment.ofAddress(workspace.address()), workspace.bytes()));
      gemmHandle = made;
    }
    return gemmHandle;
  }

  private static void check(Tensor c, Tensor a, Tensor b, Tensor bias, int m, int n, int k) {
    Checks.elements("matrix product", "c", c, m, n);
    Checks.that(
        (a.dtype() == DType.F32 || a.dtype() == DType.BF16) && a.elements() == (long) m * k,
        "matrix product",
        "a of %d·%d elements of type F32 or BF16".formatted(m, k),
        a);
    Checks.that(
        b.dtype() == a.dtype() && b.elements() == (long) k * n,
        "matrix product",
        "b of %d·%d elements of type %s".formatted(k, n, a.dtype()),
        b);
    Checks.that(k > 0, "matrix product", "a with at least one column", a);
    if (bias != null) {
      Checks.elements("matrix product", "bias", bias, n);
    }
  }
}
