package io.github.deit4j.cuda.device;

import io.github.deit4j.tensor.Tensor;

/**
 * A way to solve one {@link ProductProblem}.
 *
 * <p>cuBLAS counts columns first. A row-major matrix is its transpose there, so the product asked
 * of it is cᵀ = op(b)ᵀ·op(a)ᵀ, without copying anything: b comes first, and n counts c's rows.
 */
sealed interface Product extends Closing.Closeable permits LtProduct, GemmProduct {
  /** Appends {@code c = a·b + beta·c + bias} to the device's work; the bias is null for none. */
  void run(Tensor c, Tensor a, Tensor b, float beta, Tensor bias);
}
