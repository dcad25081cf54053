package io.github.deit4j.cuda;

import io.github.deit4j.cuda.Launcher.RowParts;
import io.github.deit4j.op.LinearEpilogue;
import io.github.deit4j.op.LinearOps;
import io.github.deit4j.op.Residual;
import io.github.deit4j.tensor.Tensor;

/** Linear layers: products of cuBLASLt, which add the bias; kernels for the rest of an epilogue. */
final class CudaLinear extends LinearOps {
  private final Launcher launcher;
  private final Products products;

  CudaLinear(Launcher launcher) {
    super(launcher);
    this.launcher = launcher;
    this.products = launcher.products();
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
    products.linear(
        product.reshape(sizes.rows(), sizes.out()), x.reshape(sizes.rows(), sizes.in()), w, b);
    switch (epilogue) {
      case LinearEpilogue.None none -> {}
      case LinearEpilogue.Gelu gelu -> launcher.gelu(y, product);
      case LinearEpilogue.Add add -> launcher.addBranch(y, add.residual(), product, sizes.out());
    }
  }

  @Override
  protected void linearInputGradient(Sizes sizes, Tensor dx, Tensor dy, Tensor w, Tensor pre) {
    products.inputGradient(
        dx.reshape(sizes.rows(), sizes.in()), dy.reshape(sizes.rows(), sizes.out()), w);
    if (pre != null) {
      launcher.gelu.elements("geluBackward", dx.elements(), dx, dx, pre);
    }
  }

  @Override
  protected void linearParameterGradients(Sizes sizes, Tensor dw, Tensor db, Tensor dy, Tensor x) {
    int out = sizes.out();
    products.weightGradient(dw, dy.reshape(sizes.rows(), out), x.reshape(sizes.rows(), sizes.in()));
    RowParts parts = RowParts.of(sizes.rows());
    launcher.addRows(db, launcher.sumRows(parts, dy, sizes.rows(), out), parts.count());
  }

  @Override
  protected void prepare(Tensor w, int out, int in) {
    products.prepare(w);
  }
}
