package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.Grid;
import io.github.deit4j.op.Checks;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;

/** The ops that see a batch as rows: linear layers, GELU, layer normalisation. */
final class CudaLayers {
  /** Threads of a block that has one warp for each of some rows. */
  private static final int ROW_THREADS = 128;

  private static final int ROWS_PER_BLOCK = ROW_THREADS / Launcher.WARP;

  private final Launcher launcher;
  private final Products products;

  CudaLayers(Launcher launcher, Products products) {
    this.launcher = launcher;
    this.products = products;
  }

  void linear(Tensor y, Tensor x, Tensor w, Tensor b) {
    Checks.rank("linear", "w", w, 2);
    int out = w.shape().size(0);
    int in = w.shape().size(1);
    int rows = Math.toIntExact(x.elements() / in);
    Checks.elements("linear", "x", x, rows, in);
    Checks.elements("linear", "b", b, out);
    Checks.elements("linear", "y", y, rows, out);
    products.linear(y.reshape(rows, out), x.reshape(rows, in), w, b);
  }

  void linearInputGradient(Tensor dx, Tensor dy, Tensor w) {
    Checks.rank("linearInputGradient", "w", w, 2);
    int out = w.shape().size(0);
    int in = w.shape().size(1);
    int rows = Math.toIntExact(dy.elements() / out);
    Checks.elements("linearInputGradient", "dy", dy, rows, out);
    Checks.elements("linearInputGradient", "dx", dx, rows, in);
    products.inputGradient(dx.reshape(rows, in), dy.reshape(rows, out), w);
  }

  void linearParameterGradients(Tensor dw, Tensor db, Tensor dy, Tensor x) {
    Checks.rank("linearParameterGradients", "dw", dw, 2);
    int out = dw.shape().size(0);
    int in = dw.shape().size(1);
    int rows = Math.toIntExact(x.elements() / in);
    Checks.elements("linearParameterGradients", "x", x, rows, in);
    Checks.elements("linearParameterGradients", "dy", dy, rows, out);
    Checks.elements("linearParameterGradients", "db", db, out);
    products.weightGradient(dw, dy.reshape(rows, out), x.reshape(rows, in));
    RowParts parts = RowParts.of(rows);
    Tensor sums = launcher.scratch(DType.F32, Shape.of(parts.count(), out));
    launcher.launch(
        "reductions", "sumRows", parts.grid(out), sums, dy, out, (long) rows, parts.rows());
    launcher.addRows(db, sums, parts.count());
  }

  void gelu(Tensor y, Tensor x) {
    Checks.elements("gelu", "y", y, x.elements());
    launcher.elements("gelu", "gelu", x.elements(), y, x);
  }

  void geluBackward(Tensor dx, Tensor dy, Tensor x) {
    Checks.elements("geluBackward", "dx", dx, x.elements());
    Checks.elements("geluBackward", "dy", dy, x.elements());
    launcher.elements("gelu", "geluBackward", x.elements(), dx, dy, x);
  }

  void layerNorm(Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor w, Tensor b, float epsilon) {
    int width = Math.toIntExact(w.elements());
    int rows = Math.toIntExact(x.elements() / width);
    Checks.elements("layerNorm", "x", x, rows, width);
    Checks.elements("layerNorm", "b", b, width);
    Checks.elements("layerNorm", "y", y, rows, width);
    Checks.elements("layerNorm", "mean", mean, rows);
    Checks.elements("layerNorm", "rstd", rstd, rows);
    launcher.launch(
        "layer_norm",
        "layerNorm",
        rowGrid(rows),
        y,
        mean,
        rstd,
        x,
        w,
        b,
        epsilon,
        width,
        (long) rows);
  }

  private static Grid rowGrid(int rows) {
    return Grid.of(Math.ceilDiv(rows, ROWS_PER_BLOCK), ROW_THREADS);
  }

  void layerNormBackward(
      Tensor dx, Tensor base, Tensor dy, Tensor x, Tensor w, Tensor mean, Tensor rstd) {
    int width = Math.toIntExact(w.elements());
    int rows = Math.toIntExact(x.elements() / width);
    Checks.elements("layerNormBackward", "x", x, rows, width);
    Checks.elements("layerNormBackward", "dy", dy, rows, width);
    Checks.elements("layerNormBackward", "base", base, rows, width);
    Checks.elements("layerNormBackward", "dx", dx, rows, width);
    Checks.elements("layerNormBackward", "mean", mean, rows);
    Checks.elements("layerNormBackward", "rstd", rstd, rows);
    launcher.launch(
        "layer_norm",
        "layerNormBackward",
        rowGrid(rows),
        dx,
        base,
        dy,
        x,
        w,
        mean,
        rstd,
        width,
        (long) rows);
  }

  void layerNormParameterGradients(
      Tensor dw, Tensor db, Tensor dy, Tensor x, Tensor mean, Tensor rstd) {
    int width = Math.toIntExact(dw.elements());
    int rows = Math.toIntExact(x.elements() / width);
    Checks.elements("layerNormParameterGradients", "x", x, rows, width);
    Checks.elements("layerNormParameterGradients", "dy", dy, rows, width);
    Checks.elements("layerNormParameterGradients", "db", db, width);
    Checks.elements("layerNormParameterGradients", "mean", mean, rows);
    Checks.elements("layerNormParameterGradients", "rstd", rstd, rows);
    RowParts parts = RowParts.of(rows);
    Tensor weightSums = launcher.scratch(DType.F32, Shape.of(parts.count(), width));
    Tensor biasSums = launcher.scratch(DType.F32, Shape.of(parts.count(), width));
    launcher.launch(
        "layer_norm",
        "layerNormParameterGradients",
        parts.grid(width),
        weightSums,
        biasSums,
        dy,
        x,
        mean,
        rstd,
        width,
        (long) rows,
        parts.rows());
    launcher.addRows(dw, weightSums, parts.count());
    launcher.addRows(db, biasSums, parts.count());
  }
}
