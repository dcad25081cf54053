package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.gemm.Epilogue;
import io.github.deit4j.cpu.gemm.Gemm.FeedForward;
import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.cpu.kernel.Gelu;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.op.Checks;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** The ops that see a batch as rows: linear layers, GELU, layer normalisation. */
final class CpuLayers {
  private final Kernels kernels;
  private final ThreadTeam team;

  private final PreparedWeights prepared;

  CpuLayers(Kernels kernels, ThreadTeam team, PreparedWeights prepared) {
    this.kernels = kernels;
    this.team = team;
    this.prepared = prepared;
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
    PackedB packed = prepared.get(w);
    if (packed == null) {
      kernels.gemm().multiply(team, result, bias, input, rightFactor(w), epilogue);
    } else {
      kernels.gemm().multiply(team, result, bias, input, packed, epilogue);
    }
  }

  void linearGelu(Tensor y, Tensor pre, Tensor x, Tensor w, Tensor b) {
    Matrix kept = null; // y and pre may be the same where nobody needs pre
    if (!pre.segment().equals(y.segment())) {
      Checks.elements("linearGelu", "pre", pre, y.elements());
      kept = rows(pre, w.shape().size(0));
    }
    linear("linearGelu", y, x, w, b, gelu(kept));
  }

  void addLinear(Tensor y, Tensor base, Tensor x, Tensor w, Tensor b, float[] factors) {
    Checks.elements("addLinear", "base", base, y.elements());
    int width = w.shape().size(0);
    Epilogue.Op add = null; // the sum
    if (factors != null) {
      int rowsOfImage = Math.toIntExact(Checks.imageSize("addLinear", y, factors) / width);
      add =
          (block, at, residual, row, rows, columns, stride) -> {
            for (int i = 0; i < rows; i++) {
              float factor = factors[(row + i) / rowsOfImage];
              // C2 makes vectors of it, with the same bits.
              for (int j = at + i * stride; j < at + i * stride + columns; j++) {
                block[j] = Math.fma(factor, block[j], residual[j]);
              }
            }
          };
    }
    linear("addLinear", y, x, w, b, new Epilogue(null, rows(base, width), add));
  }

  /** Prepared weights go through both layers block by block; others are packed for each layer. */
  void addMlp(
      Tensor y, Tensor hidden, Tensor base, Tensor x, Tensor w1, Tensor b1, Tensor w2, Tensor b2) {
    PackedB first = prepared.get(w1);
    PackedB second = prepared.get(w2);
    if (first == null || second == null) {
      linearGelu(hidden, hidden, x, w1, b1);
      addLinear(y, base, hidden, w2, b2, null);
      return;
    }
    Checks.rank("addMlp", "w1", w1, 2);
    Checks.rank("addMlp", "w2", w2, 2);
    int width = w2.shape().size(0);
    int inner = w1.shape().size(0);
    Matrix in = rows(x, w1.shape().size(1));
    Checks.elements("addMlp", "w2", w2, width, inner);
    Checks.elements("addMlp", "b1", b1, inner);
    Checks.elements("addMlp", "b2", b2, width);
    Checks.elements("addMlp", "x", x, in.rows(), in.columns());
    Checks.elements("addMlp", "y", y, in.rows(), width);
    Checks.elements("addMlp", "base", base, in.rows(), width);
    Checks.elements("addMlp", "hidden", hidden, in.rows(), inner);
    Matrix bias1 = Matrix.repeatedRow(b1.segment(), in.rows(), inner);
    Matrix bias2 = Matrix.repeatedRow(b2.segment(), in.rows(), width);
    FeedForward layers = new FeedForward(first, bias1, gelu(null).op(), second, bias2);
    Epilogue residual = Epilogue.sum(rows(base, width));
    kernels.gemm().feedForward(team, rows(y, width), in, layers, residual);
  }

  private Epilogue gelu(Matrix pre) {
    Gelu gelu = kernels.gelu();
    return new Epilogue(
        pre,
        null,
        (block, at, none, row, rows, columns, stride) ->
            gelu.forward(block, at, rows, columns, stride));
  }

  private static Matrix rows(Tensor x, int width) {
    return Matrix.of(x.segment(), Math.toIntExact(x.elements() / width), width);
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
    Gelu gelu = kernels.gelu();
    Epilogue slope =
        new Epilogue(
            null,
            rows(pre, w.shape().size(1)),
            (block, at, x, row, rows, columns, stride) ->
                gelu.backward(block, x, at, rows, columns, stride));
    linearInputGradient("linearGeluInputGradient", dx, dy, w, slope);
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
            Matrix.zeros(rows, in),
            Matrix.of(dy.segment(), rows, out),
            Matrix.of(w.segment(), out, in),
            epilogue);
  }

  void linearParameterGradients(Tensor dw, Tensor db, Tensor dy, Tensor x) {
    Checks.rank("linearParameterGradients", "dw", dw, 2);
    int out = dw.shape().size(0);
    int in = dw.shape().size(1);
    int rows = Math.toIntExact(x.elements() / in);
    Checks.elements("linearParameterGradients", "x", x, rows, in);
    Checks.elements("linearParameterGradients", "dy", dy, rows, out);
    Checks.elements("linearParameterGradients", "db", db, out);
    kernels
        .gemm()
        .addParameterGradients(
            team,
            Matrix.of(dw.segment(), out, in),
            db.segment(),
            Matrix.of(dy.segment(), rows, out),
            Matrix.of(x.segment(), rows, in),
            kernels.reductions());
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
        x.elements(),
        CpuBackend.GRAIN,
        (from, to) -> {
          float[] values = in.asSlice(4 * from, 4 * (to - from)).toArray(JAVA_FLOAT);
          kernels.gelu().forward(values, values.length);
          MemorySegment.copy(values, 0, out, JAVA_FLOAT, 4 * from, values.length);
        });
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
        (from, to) -> {
          float[] values = in.asSlice(4 * from, 4 * (to - from)).toArray(JAVA_FLOAT);
          float[] slopes = gradient.asSlice(4 * from, 4 * (to - from)).toArray(JAVA_FLOAT);
          kernels.gelu().backward(slopes, values, values.length);
          MemorySegment.copy(slopes, 0, result, JAVA_FLOAT, 4 * from, values.length);
        });
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
}
