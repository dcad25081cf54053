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

  /** Null where the library's favourite algorithms are taken. */
  private final AlgorithmChoice choice;

  private final Map<ProductProblem, Optional<Algorithm>> algorithms = new HashMap<>();
  private final MemorySegment one = Arena.ofAuto().allocateFrom(JAVA_FLOAT, 1f);
  private final MemorySegment factor = Arena.ofAuto().allocate(JAVA_FLOAT);
  private MemorySegment gemmHandle = MemorySegment.NULL;

  /** A way to solve one {@link ProductProblem}. */
  @FunctionalInterface
  interface Algorithm {
    /** Appends the product to the device's work. */
    void run(Operands operands);
  }

  /**
   * Where a product's operands lie on the device; those of the epilogue 0 where there are none.
   *
   * @param base what is added, c itself or another
   * @param vector a bias, or where sums go
   * @param pre what a GELU is given
   */
  record Operands(long c, long a, long b, long base, long vector, long pre) {
    /** Returns the factor of what is added. */
    float beta() {
      return base == 0 ? 0 : 1;
    }

    /** Returns what is added, or c, which is then not read. */
    MemorySegment added() {
      return MemorySegment.ofAddress(base == 0 ? c : base);
    }
  }

  private record Multiplication(Algorithm algorithm, Operands operands) implements Command {
    @Override
    public void issue() {
      algorithm.run(operands);
    }
  }

  private record Gemm(MatrixProduct products, ProductProblem problem, Operands operands)
      implements Command {
    @Override
    public void issue() {
      products.gemm(problem, operands);
    }
  }

  private Operands operands(Tensor c, Tensor a, Tensor b, ProductEpilogue epilogue) {
    return new Operands(
        address(c),
        address(a),
        address(b),
        address(epilogue.base()),
        address(epilogue.vector()),
        address(epilogue.pre()));
  }

  private long address(Tensor x) {
    return x == null ? 0 : x.address(context.device());
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
    boolean timed = "timed".equals(System.getProperty("deit4j.cuda.algorithms"));
    choice = timed ? new AlgorithmChoice(context, KernelCache.ofUser(), WORKSPACE_BYTES) : null;
  }

  /**
   * {@code c = op(a)·op(b) + beta·c}, plus the bias in every row if there is one. A sum is rounded
   * to c's type before the bias is added where cuBLASLt has no algorithm that adds it.
   *
   * @param c F32 or, of BF16 factors, BF16, with n in its last dimension and m in all others
   *     together
   * @param a F32 or BF16 with m·k elements: [m, k], or [k, m] if transposed
   * @param transposeA whether op turns a round
   * @param b of a's type with k·n elements: [k, n], or [n, k] if transposed
   * @param beta 0 to overwrite c, whatever it holds, or 1 to add to it
   * @param bias of c's type [n], or null
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
    Tensor base = beta == 0 ? null : c;
    if (!multiply(c, a, transposeA, b, transposeB, ProductEpilogue.bias(bias).added(base))) {
      multiply(c, a, transposeA, b, transposeB, ProductEpilogue.NONE.added(base));
      Grid grid = Grid.cover(c.elements(), THREADS);
      context
          .kernel("products", c.dtype(), "addBias")
          .launch(grid, c, bias, bias.shape().size(-1), c.elements());
    }
  }

  /**
   * {@code op(a)·op(b)}, and what the epilogue makes of it. Operands as above.
   *
   * @return false if cuBLASLt has no algorithm that does both at once, and nothing was done; never
   *     for a product that stays as it is, or is added to c itself
   * @throws io.github.deit4j.tensor.ShapeException if the operands do not go together
   */
  public boolean multiply(
      Tensor c,
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      ProductEpilogue epilogue) {
    int m = c.shape().rows();
    int n = c.shape().size(-1);
    int k = transposeA ? a.shape().rows() : a.shape().size(-1);
    check(c, a, b, m, n, k);
    epilogue.check(c, m, n);
    if (!epilogue.isPossible(context.device(), c, a.dtype())) {
      return false;
    }
    if (c.elements() == 0) {
      return true;
    }
    Operands operands = operands(c, a, b, epilogue);
    var problem =
        new ProductProblem(
            m,
            n,
            k,
            transposeA,
            transposeB,
            a.dtype(),
            c.dtype(),
            epilogue.kind(),
            tf32,
            ProductProblem.Alignments.of(operands));
    synchronized (context) {
      context.makeCurrent();
      Optional<Algorithm> algorithm =
          algorithms.computeIfAbsent(problem, each -> algorithm(each, operands));
      boolean inPlace = epilogue.base() == null || epilogue.base() == c;
      if (algorithm.isEmpty() && epilogue.kind() == ProductEpilogue.Kind.NONE && inPlace) {
        gemmHandle();
        context.submit(new Gemm(this, problem, operands));
        return true;
      }
      algorithm.ifPresent(each -> context.submit(new Multiplication(each, operands)));
      return algorithm.isPresent();
    }
  }

  private Optional<Algorithm> algorithm(ProductProblem problem, Operands operands) {
    return LtProduct.find(context, handle, problem, operands, workspace, choice)
        .<Algorithm>map(closing::add);
  }

  /**
   * The product by cuBLAS itself, which has an algorithm for every problem, if not the fastest. One
   * stream and a workspace of its own keep its bits the same.
   */
  private void gemm(ProductProblem problem, Operands operands) {
    factor.set(JAVA_FLOAT, 0, operands.beta());
    Driver.checkCublas(
        "%s: cublasGemmEx for %s".formatted(context.device(), problem),
        Cublas.cublasGemmEx(
            gemmHandle(),
            ProductProblem.operation(problem.transposeB()),
            ProductProblem.operation(problem.transposeA()),
            problem.n(),
            problem.m(),
            problem.k(),
            one,
            MemorySegment.ofAddress(operands.b()),
            problem.factorType(),
            problem.transposeB() ? problem.k() : problem.n(),
            MemorySegment.ofAddress(operands.a()),
            problem.factorType(),
            problem.transposeA() ? problem.m() : problem.k(),
            factor,
            MemorySegment.ofAddress(operands.c()),
            problem.resultType(),
            problem.n(),
            problem.computeType(),
            Cublas.CUBLAS_GEMM_DEFAULT()));
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

  private static void check(Tensor c, Tensor a, Tensor b, int m, int n, int k) {
    if (a.dtype() != DType.BF16 || c.dtype() != DType.BF16) {
      Checks.elements("matrix product", "c", c, m, n);
    }
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
  }
}
