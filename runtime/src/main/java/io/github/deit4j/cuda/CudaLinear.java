package io.github.deit4j.cuda;

import io.github.deit4j.cuda.Launcher.RowParts;
import io.github.deit4j.op.ElementwiseOps.BranchSizes;
import io.github.deit4j.op.LinearEpilogue;
import io.github.deit4j.op.LinearOps;
import io.github.deit4j.op.Residual;
import io.github.deit4j.tensor.Tensor;

/** Linear layers: products of cuBLASLt, which add the bias; kernels for the rest of an epilogue. */
final class CudaLinear extends LinearOps {
  private final Launcher cuda;

  CudaLinear(Launcher cuda) {
    super(cuda);
    this.cuda = cuda;
  }

  private static Tensor input(Sizes sizes, Tensor x) {
    return x.reshape(sizes.rows(), sizes.in());
  }

  private static Tensor output(Sizes sizes, Tensor y) {
    return y.reshape(sizes.rows(), sizes.out());
  }

  @Override
  protected void linear(
      Sizes sizes, Tensor y, Tensor x, Tensor w, Tensor b, LinearEpilogue epilogue) {
    Tensor product =
        switch (epilogue) {
          case LinearEpilogue.Gelu(Tensor pre) when pre != null -> pre;
          case LinearEpilogue.Add(Residual residual, Tensor branch) when branch != null -> branch;
          default -> y;
        };
    cuda.products.linear(output(sizes, product), input(sizes, x), w, b);
    switch (epilogue) {
      case LinearEpilogue.None none -> {}
      case LinearEpilogue.Gelu gelu -> cuda.gelu.elements("gelu", y.elements(), y, product);
      case LinearEpilogue.Add(Residual residual, _) ->
          cuda.addBranch(BranchSizes.of(y, residual.factors()), y, residual, product);
    }
  }

  @Override
  protected void linearInputGradient(Sizes sizes, Tensor dx, Tensor dy, Tensor w, Tensor pre) {
    cuda.products.inputGradient(input(sizes, dx), output(sizes, dy), w);
    if (pre != null) {
      cuda.gelu.elements("geluBackward", dx.elements(), dx, dx, pre);
    }
  }

  @Override
  protected void linearParameterGradients(Sizes sizes, Tensor dw, Tensor db, Tensor dy, Tensor x) {
    cuda.products.weightGradient(dw, output(sizes, dy), input(sizes, x));
    RowParts parts = RowParts.of(sizes.rows());
    cuda.addRows(db, cuda.sumRows(parts, dy, sizes.out()), parts.count());
  }

  @Override
  protected void prepare(Tensor w, int out, int in) {
    cuda.products.prepare(w);
  }
}
