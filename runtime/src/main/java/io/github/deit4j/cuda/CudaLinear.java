package io.github.deit4j.cuda;

import io.github.deit4j.cuda.Launcher.RowParts;
import io.github.deit4j.op.ElementwiseOps.BranchSizes;
import io.github.deit4j.op.LinearEpilogue;
import io.github.deit4j.op.LinearOps;
import io.github.deit4j.op.Residual;
import io.github.deit4j.tensor.Tensor;

/**
 * Linear layers: products of cuBLASLt with its epilogues, and kernels for what those cannot do. Of
 * activations in BF16 the GELU is cuBLASLt's, computed by tanh; the exact one elsewhere.
 */
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
    Tensor rows = input(sizes, x);
    switch (epilogue) {
      case LinearEpilogue.None none -> cuda.products.linear(output(sizes, y), rows, w, b);
      case LinearEpilogue.Gelu(Tensor pre) -> {
        if (!cuda.products.linearGelu(output(sizes, y), pre, rows, w, b)) {
          Tensor product = pre == null ? y : pre;
          cuda.products.linear(output(sizes, product), rows, w, b);
          cuda.gelu.of(y).elements("gelu", y.elements(), y, product);
        }
      }
      case LinearEpilogue.Add(Residual to, Tensor branch) -> {
        boolean plain = to.factors() == null && to.scale() == null && branch == null;
        if (!plain || !cuda.products.linearAdded(output(sizes, y), to.base(), rows, w, b)) {
          Tensor product = branch == null ? y : branch;
          cuda.products.linear(output(sizes, product), rows, w, b);
          cuda.addBranch(BranchSizes.of(y, to.factors()), y, to, product);
        }
      }
    }
  }

  @Override
  protected void linearInputGradient(Sizes sizes, Tensor dx, Tensor dy, Tensor w, Tensor pre) {
    Tensor to = input(sizes, dx);
    Tensor rows = output(sizes, dy);
    if (pre == null || !cuda.products.inputGradientGelu(to, pre, rows, w)) {
      cuda.products.inputGradient(to, rows, w);
      if (pre != null) {
        cuda.gelu.of(dx).elements("geluBackward", dx.elements(), dx, dx, pre);
      }
    }
  }

  @Override
  protected void linearParameterGradients(Sizes sizes, Tensor dw, Tensor db, Tensor dy, Tensor x) {
    Tensor rows = output(sizes, dy);
    Tensor sums = cuda.floats(sizes.out());
    if (cuda.products.weightGradient(dw, sums, rows, input(sizes, x))) {
      cuda.addParts(db, null, sums, 1);
    } else {
      cuda.products.weightGradient(dw, rows, input(sizes, x));
      RowParts parts = RowParts.of(sizes.rows());
      cuda.addParts(db, null, cuda.sumRows(parts, dy, sizes.out()), parts.count());
    }
  }

  @Override
  protected void prepare(Tensor w, int out, int in) {
    cuda.products.prepare(w);
  }
}
