package io.github.deit4j.cpu;

import io.github.deit4j.backend.Checks;
import io.github.deit4j.cpu.kernel.Elementwise;
import io.github.deit4j.cpu.kernel.Epilogue;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.cpu.kernel.Matrix;
import io.github.deit4j.cpu.kernel.PackedMatrix;
import io.github.deit4j.cpu.kernel.Workers;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;

/** The ops that see a batch as rows: linear layers, GELU, layer normalisation. */
final class CpuLayers {
  private final Kernels kernels;
  private final ThreadTeam team;

  /** Weights in a second layout, as long as their tensors live. */
  private final Map<Tensor, PackedMatrix> prepared =
      Collections.synchronizedMap(new WeakHashMap<>());

  CpuLayers(Kernels kernels, ThreadTeam team) {
    this.kernels = kernels;
    this.team = team;
  }

  void linear(Tensor y, Tensor x, Tensor w, Tensor b) {
    linear("linear", y, x, w, b, Epilogue.NONE);
  }

  private void linear(String op, Tensor y, Tensor x, Tensor w, Tensor b, Epilogue epilogue) {
    Checks.rank(op, "w", w, 2);
    int out = w.shape().size(0);
    int in = w.shape().size(1);
    int rows = Math.toIntExact(x.elements() / in);
    Checks.elements(op, "x", x, rows, in);
    Checks.elements(op, "b", b, out);
    Checks.elements(op, "y", y, rows, out);
    Matrix result = Matrix.of(y.segment(), rows, out);
    Matrix bias = Matrix.repeatedRow(b.segment(), rows, out);
    Matrix input = Matrix.of(x.segment(), rows, in);
    PackedMatrix packed = prepared.get(w);
    if (packed == null) {
      kernels.gemm().multiply(team, result, bias, input, rightFactor(w), epilogue);
    } else {
      kernels.gemm().multiply(team, result, bias, input, packed, epilogue);
    }
  }

  void linearGelu(Tensor y, Tensor pre, Tensor x, Tensor w, Tensor b) {
    Checks.elements("linearGelu", "pre", pre, y.elements());
    MemorySegment out = y.segment();
    MemorySegment in = pre.segment();
    linear(
        "linearGelu",
        pre,
        x,
        w,
        b,
        rowByRow(w.shape().size(0), (from, to) -> kernels.gelu().forward(out, in, from, to)));
  }

  void addLinear(Tensor y, Tensor base, Tensor x, Tensor w, Tensor b, float[] factors) {
    Checks.elements("addLinear", "base", base, y.elements());
    MemorySegment out = y.segment();
    MemorySegment residual = base.segment();
    Elementwise elementwise = kernels.elementwise();
    Workers.RangeTask add;
    if (factors == null) {
      add = (from, to) -> elementwise.add(out, residual, out, from, to);
    } else {
      long image = Checks.imageSize("addLinear", y, factors);
      add =
          (from, to) -> {
            float factor = factors[(int) (from / image)];
            elementwise.addScaled(out, residual, out, factor, from, to);
          };
    }
    linear("addLinear", y, x, w, b, rowByRow(w.shape().size(0), add));
  }

  /** An epilogue that takes the pieces of rows in a block as ranges of elements. */
  private static Epilogue rowByRow(int width, Workers.RangeTask task) {
    return (row, rows, column, columns) -> {
      for (int i = row; i < row + rows; i++) {
        long from = (long) i * width + column;
        task.run(from, from + columns);
      }
    };
  }

  private static Matrix rightFactor(Tensor w) {
    return Matrix.of(w.segment(), w.shape().size(0), w.shape().size(1)).transpose();
  }

  void prepare(Tensor w) {
    Checks.rank("prepare", "w", w, 2);
    prepared.put(w, kernels.gemm().pack(team, rightFactor(w)));
  }

  void linearInputGradient(Tensor dx, Tensor dy, Tensor w) {
    linearInputGradient("linearInputGradient", dx, dy, w, Epilogue.NONE);
  }

  void linearGeluInputGradient(Tensor dx, Tensor dy, Tensor w, Tensor pre) {
    Checks.elements("linearGeluInputGradient", "pre", pre, dx.elements());
    MemorySegment result = dx.segment();
    MemorySegment in = pre.segment();
    Workers.RangeTask slope = (from, to) -> kernels.gelu().backward(result, result, in, from, to);
    linearInputGradient("linearGeluInputGradient", dx, dy, w, rowByRow(w.shape().size(1), slope));
  }

  private void linearInputGradient(String op, Tensor dx, Tensor dy, Tensor w, Epilogue epilogue) {
    Checks.rank(op, "w", w, 2);
    int out = w.shape().size(0);
    int in = w.shape().size(1);
    int rows = Math.toIntExact(dy.elements() / out);
    Checks.elements(op, "dy", dy, rows, out);
    Checks.elements(op, "dx", dx, rows, in);
    kernels
        .gemm()
        .multiply(
            team,
            Matrix.of(dx.segment(), rows, in),
            zeros(rows, in),
            Matrix.of(dy.segment(), rows, out),
            Matrix.of(w.segment(), out, in),
            epilogue);
  }

  private static Matrix zeros(int rows, int columns) {
    return Matrix.repeatedRow(Zeros.atLeast(columns), rows, columns);
  }

  void linearParameterGradients(Tensor dw, Tensor db, Tensor dy, Tensor x) {
    Checks.rank("linearParameterGradients", "dw", dw, 2);
    int out = dw.shape().size(0);
    int in = dw.shape().size(1);
    int rows = Math.toIntExact(x.elements() / in);
    Checks.elements("linearParameterGradients", "x", x, rows, in);
    Checks.elements("linearParameterGradients", "dy", dy, rows, out);
    Checks.elements("linearParameterGradients", "db", db, out);
    Matrix sum = Matrix.of(dw.segment(), out, in);
    Matrix gradient = Matrix.of(dy.segment(), rows, out);
    kernels.gemm().multiply(team, sum, sum, gradient.transpose(), Matrix.of(x.segment(), rows, in));
    addRows(db.segment(), dy.segment(), out, out, rows);
  }

  private void addRows(MemorySegment sums, MemorySegment x, int columns, int stride, int rows) {
    team.runRanges(
        columns,
        columnGrain(columns),
        (from, to) -> kernels.reductions().addRows(sums, x, stride, rows, from, to));
  }

  /** Columns of one task: whole cache lines, at least two tasks per thread where it pays. */
  private long columnGrain(int columns) {
    return Math.max(16, columns / (2L * team.threads()) / 16 * 16);
  }

  void gelu(Tensor y, Tensor x) {
    Checks.elements("gelu", "y", y, x.elements());
    MemorySegment out = y.segment();
    MemorySegment in = x.segment();
    team.runRanges(
        x.elements(), CpuBackend.GRAIN, (from, to) -> kernels.gelu().forward(out, in, from, to));
  }

  void geluBackward(Tensor dx, Tensor dy, Tensor x) {
    Checks.elements("geluBackward", "dx", dx, x.elements());
    Checks.elements("geluBackward", "dy", dy, x.elements());
    MemorySegment result = dx.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment in = x.segment();
    team.runRanges(
        x.elements(),
        CpuBackend.GRAIN,
        (from, to) -> kernels.gelu().backward(result, gradient, in, from, to));
  }

  void layerNorm(Tensor y, Tensor mean, Tensor rstd, Tensor x, Tensor w, Tensor b, float epsilon) {
    int width = Math.toIntExact(w.elements());
    int rows = Math.toIntExact(x.elements() / width);
    Checks.elements("layerNorm", "x", x, rows, width);
    Checks.elements("layerNorm", "b", b, width);
    Checks.elements("layerNorm", "y", y, rows, width);
    Checks.elements("layerNorm", "mean", mean, rows);
    Checks.elements("layerNorm", "rstd", rstd, rows);
    MemorySegment out = y.segment();
    MemorySegment means = mean.segment();
    MemorySegment rstds = rstd.segment();
    MemorySegment in = x.segment();
    MemorySegment weight = w.segment();
    MemorySegment bias = b.segment();
    team.runRanges(
        rows,
        CpuBackend.rowGrain(width),
        (from, to) ->
            kernels
                .layerNorm()
                .forward(out, means, rstds, in, weight, bias, epsilon, width, from, to));
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
    MemorySegment result = dx.segment();
    MemorySegment start = base.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment in = x.segment();
    MemorySegment weight = w.segment();
    MemorySegment means = mean.segment();
    MemorySegment rstds = rstd.segment();
    team.runRanges(
        rows,
        CpuBackend.rowGrain(width),
        (from, to) ->
            kernels
                .layerNorm()
                .backward(result, start, gradient, in, weight, means, rstds, width, from, to));
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
    MemorySegment dWeight = dw.segment();
    MemorySegment dBias = db.segment();
    MemorySegment gradient = dy.segment();
    MemorySegment in = x.segment();
    MemorySegment means = mean.segment();
    MemorySegment rstds = rstd.segment();
    team.runRanges(
        width,
        columnGrain(width),
        (from, to) ->
            kernels
                .layerNorm()
                .parameterGradients(
                    dWeight, dBias, gradient, in, means, rstds, width, rows, from, to));
  }

  /** Drops the second layout of every weight that shares memory with a tensor about to change. */
  void forget(Tensor changed) {
    if (!prepared.isEmpty()) {
      MemorySegment memory = changed.segment();
      prepared.values().removeIf(packed -> overlap(packed.source().memory(), memory));
    }
  }

  private static boolean overlap(MemorySegment a, MemorySegment b) {
    return a.address() < b.address() + b.byteSize() && b.address() < a.address() + a.byteSize();
  }
}
