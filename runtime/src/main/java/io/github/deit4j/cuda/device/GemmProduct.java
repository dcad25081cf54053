package io.github.deit4j.cuda.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.bindings.cublas.Cublas;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A product by cuBLAS itself, which has an algorithm for every problem, if not the fastest; the
 * bias is added by a kernel. One stream and a workspace of its own keep its bits the same.
 */
final class GemmProduct implements Product {
  private static final int THREADS = 256;

  private final CudaContext context;
  private final MemorySegment handle;
  private final ProductProblem problem;
  private final MemorySegment one = Arena.ofAuto().allocateFrom(JAVA_FLOAT, 1f);
  private final MemorySegment factor = Arena.ofAuto().allocate(JAVA_FLOAT);

  /**
   * Keeps what the problem needs.
   *
   * @param handle of cuBLAS, with stream and workspace
   */
  GemmProduct(CudaContext context, MemorySegment handle, ProductProblem problem) {
    this.context = context;
    this.handle = handle;
    this.problem = problem;
  }

  @Override
  public void run(Tensor c, Tensor a, Tensor b, float beta, Tensor bias) {
    factor.set(JAVA_FLOAT, 0, beta);
    Driver.checkCublas(
        "%s: cublasGemmEx for %s".formatted(context.device(), problem),
        Cublas.cublasGemmEx(
            handle,
            operation(problem.transposeB()),
            operation(problem.transposeA()),
            problem.n(),
            problem.m(),
            problem.k(),
            one,
            context.pointer(b),
            problem.factorType(),
            problem.transposeB() ? problem.k() : problem.n(),
            context.pointer(a),
            problem.factorType(),
            problem.transposeA() ? problem.m() : problem.k(),
            factor,
            context.pointer(c),
            Cublas.CUDA_R_32F(),
            problem.n(),
            problem.computeType(),
            Cublas.CUBLAS_GEMM_DEFAULT()));
    if (problem.bias()) {
      context
          .kernel("products", "addBias")
          .launch(Grid.cover(c.elements(), THREADS), c, bias, problem.n(), c.elements());
    }
  }

  static int operation(boolean transpose) {
    return transpose ? Cublas.CUBLAS_OP_T() : Cublas.CUBLAS_OP_N();
  }

  @Override
  public void close() {
    // Owns nothing.
  }
}
