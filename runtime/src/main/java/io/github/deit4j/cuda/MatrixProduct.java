package io.github.deit4j.cuda;

import io.github.deit4j.backend.Checks;
import io.github.deit4j.bindings.cublas.Cublas;
import io.github.deit4j.cuda.ProductPlan.Problem;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * Matrix products by cuBLASLt. The algorithm for a problem is chosen at its first use and kept, and
 * only among those that add in a fixed order, so that every run on the same machine has the same
 * bits.
 */
final class MatrixProduct implements Closing.Closeable {
  /** What NVIDIA recommends for Hopper; enough for all before it. */
  private static final long WORKSPACE_BYTES = 32L << 20;

  private final CudaContext context;
  private final boolean tf32;
  private final Closing closing = new Closing();
  private final MemorySegment handle;
  private final long workspace;
  private final Map<Problem, ProductPlan> plans = new HashMap<>();

  /**
   * Prepares in the current context.
   *
   * @param tf32 whether float32 factors may be rounded to TF32 for speed
   */
  MatrixProduct(CudaContext context, boolean tf32) {
    this.context = context;
    this.tf32 = tf32;
    MemorySegment created = Driver.pointer();
    CublasStatus.check("cublasLtCreate", Cublas.cublasLtCreate(created));
    handle = Driver.get(created);
    closing.undo(() -> CublasStatus.check("cublasLtDestroy", Cublas.cublasLtDestroy(handle)));
    try {
      workspace = closing.add(context.memory("products")).allocate(WORKSPACE_BYTES).address();
    } catch (RuntimeException e) {
      throw closing.after(e);
    }
  }

  /**
   * {@code c = op(a)·op(b) + beta·c}, plus the bias in every row if there is one.
   *
   * @param c F32 or BF16 with n in its last dimension and m in all others together
   * @param a F32 or BF16 with m·k elements: [m, k], or [k, m] if transposed
   * @param transposeA whether op turns a round
   * @param b of a's type with k·n elements: [k, n], or [n, k] if transposed
   * @param beta 0 to overwrite c, whatever it holds, or 1 to add to it
   * @param bias [n] of c's type, or null
   * @throws ShapeException if the operands do not go together
   */
  void multiply(
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
    String device = context.device();
    long to = c.address(device);
    long left = a.address(device);
    long right = b.address(device);
    long row = bias == null ? 0 : bias.address(device);
    Problem problem =
        new Problem(
            m,
            n,
            k,
            transposeA,
            transposeB,
            a.dtype(),
            c.dtype(),
            bias != null,
            tf32,
            Problem.alignment(left),
            Problem.alignment(right),
            Problem.alignment(to));
    synchronized (context) {
      context.makeCurrent();
      plan(problem).run(to, left, right, beta, row, workspace, WORKSPACE_BYTES);
    }
  }

  private ProductPlan plan(Problem problem) {
    ProductPlan plan = plans.get(problem);
    if (plan == null) {
      plan = closing.add(new ProductPlan(context, handle, problem, WORKSPACE_BYTES));
      plans.put(problem, plan);
    }
    return plan;
  }

  private static void check(Tensor c, Tensor a, Tensor b, Tensor bias, int m, int n, int k) {
    requireFloat("c", c);
    requireFloat("a", a);
    Checks.that(
        a.elements() == (long) m * k, "matrix product", "m·k = %d·%d elements".formatted(m, k), a);
    Checks.that(
        b.dtype() == a.dtype() && b.elements() == (long) k * n,
        "matrix product",
        "k·n = %d·%d elements of type %s".formatted(k, n, a.dtype()),
        b);
    Checks.that(
        c.dtype() == DType.F32 || a.dtype() == DType.BF16,
        "matrix product",
        "a product of float32 to be float32",
        c);
    Checks.that(k > 0, "matrix product", "at least one column", a);
    if (bias != null) {
      Checks.that(
          bias.dtype() == c.dtype() && bias.elements() == n,
          "matrix product",
          "a bias of %d elements of type %s".formatted(n, c.dtype()),
          bias);
    }
  }

  private static void requireFloat(String operand, Tensor x) {
    if (x.dtype() != DType.F32 && x.dtype() != DType.BF16) {
      throw new ShapeException(
          "matrix product: %s has element type %s, expected F32 or BF16"
              .formatted(operand, x.dtype()));
    }
  }

  @Override
  public void close() {
    closing.close();
  }
}
