package io.github.deit4j.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.gemm.Epilogue;
import io.github.deit4j.cpu.gemm.Gemm;
import io.github.deit4j.cpu.gemm.Gemm.FeedForward;
import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.cpu.kernel.Gelu;
import io.github.deit4j.op.LinearEpilogue;
import io.github.deit4j.op.LinearOps;
import io.github.deit4j.op.Residual;
import io.github.deit4j.tensor.Tensor;

/** Linear layers: products whose epilogue works on each block while it is in the cache. */
final class CpuLinear extends LinearOps {
  private final CpuRunner cpu;
  private final Gemm gemm;
  private final Gelu gelu;

  CpuLinear(CpuRunner cpu) {
    super(cpu);
    this.cpu = cpu;
    this.gemm = cpu.kernels.gemm();
    this.gelu = cpu.kernels.gelu();
  }

  @Override
  protected void linear(
      Sizes sizes, Tensor y, Tensor x, Tensor w, Tensor b, LinearEpilogue epilogue) {
    Matrix result = rows(sizes, y, sizes.out());
    Matrix bias = bias(sizes, b);
    Matrix input = rows(sizes, x, sizes.in());
    Epilogue last = epilogue(sizes, epilogue);
    PackedB packed = cpu.packed(w);
    if (packed == null) {
      Matrix factor = weight(w, sizes.out(), sizes.in()).transpose();
      gemm.multiply(cpu.team, result, bias, input, factor, last);
    } else {
      gemm.multiply(cpu.team, result, bias, input, packed, last);
    }
  }

  private static Matrix rows(Sizes sizes, Tensor x, int width) {
    return CpuRunner.matrix(x, sizes.rows(), width);
  }

  private static Matrix weight(Tensor w, int out, int in) {
    return Matrix.of(w.segment(), out, in);
  }

  private Epilogue epilogue(Sizes sizes, LinearEpilogue epilogue) {
    return switch (epilogue) {
      case LinearEpilogue.None none -> Epilogue.NONE;
      case LinearEpilogue.Gelu(Tensor pre) -> new Epilogue(kept(sizes, pre), null, gelu());
      case LinearEpilogue.Add(Residual residual, Tensor branch) ->
          new Epilogue(
              kept(sizes, branch), rows(sizes, residual.base(), sizes.out()), sum(sizes, residual));
    };
  }

  private static Matrix kept(Sizes sizes, Tensor x) {
    return x == null ? null : rows(sizes, x, sizes.out());
  }

  private Epilogue.Op gelu() {
    return (block, at, none, row, column, rows, columns, stride) ->
        gelu.forward(block, at, rows, columns, stride);
  }

  /** Null for the plain sum. C2 makes vectors of the loops, with the same bits. */
  private static Epilogue.Op sum(Sizes sizes, Residual residual) {
    float[] factors = residual.factors();
    if (factors == null && residual.scale() == null) {
      return null;
    }
    int rowsOfImage = factors == null ? sizes.rows() : sizes.rowsOf(factors);
    if (residual.scale() == null) {
      return (block, at, base, row, column, rows, columns, stride) -> {
        for (int i = 0; i < rows; i++) {
          float factor = factors[(row + i) / rowsOfImage];
          for (int j = at + i * stride; j < at + i * stride + columns; j++) {
            block[j] = Math.fma(factor, block[j], base[j]);
          }
        }
      };
    }
    float[] scale = residual.scale().segment().toArray(JAVA_FLOAT);
    return (block, at, base, row, column, rows, columns, stride) -> {
      for (int i = 0; i < rows; i++) {
        float factor = factors == null ? 1 : factors[(row + i) / rowsOfImage];
        int from = at + i * stride;
        for (int j = 0; j < columns; j++) {
          block[from + j] = Math.fma(factor * scale[column + j], block[from + j], base[from + j]);
        }
      }
    };
  }

  /** Prepared weights go through both layers block by block. */
  @Override
  protected boolean feedForward(
      Layer first, Layer second, Tensor y, Tensor x, LinearEpilogue epilogue) {
    PackedB packed1 = cpu.packed(first.w());
    PackedB packed2 = cpu.packed(second.w());
    if (packed1 == null || packed2 == null) {
      return false;
    }
    Matrix bias1 = bias(first.sizes(), first.b());
    Matrix bias2 = bias(second.sizes(), second.b());
    FeedForward layers = new FeedForward(packed1, bias1, gelu(), packed2, bias2);
    Matrix result = rows(second.sizes(), y, second.sizes().out());
    Matrix input = rows(first.sizes(), x, first.sizes().in());
    Epilogue last = epilogue(second.sizes(), epilogue);
    gemm.feedForward(cpu.team, result, input, layers, last);
    return true;
  }

  private static Matrix bias(Sizes sizes, Tensor b) {
    return Matrix.repeatedRow(b.segment(), sizes.rows(), sizes.out());
  }

  @Override
  protected void linearInputGradient(Sizes sizes, Tensor dx, Tensor dy, Tensor w, Tensor pre) {
    Epilogue.Op slope =
        (block, at, x, row, column, rows, columns, stride) ->
            gelu.backward(block, x, at, rows, columns, stride);
    gemm.multiply(
        cpu.team,
        rows(sizes, dx, sizes.in()),
        Matrix.zeros(sizes.rows(), sizes.in()),
        rows(sizes, dy, sizes.out()),
        weight(w, sizes.out(), sizes.in()),
        pre == null ? Epilogue.NONE : new Epilogue(null, rows(sizes, pre, sizes.in()), slope));
  }

  @Override
  protected void linearParameterGradients(Sizes sizes, Tensor dw, Tensor db, Tensor dy, Tensor x) {
    gemm.addParameterGradients(
        cpu.team,
        weight(dw, sizes.out(), sizes.in()),
        db.segment(),
        rows(sizes, dy, sizes.out()),
        rows(sizes, x, sizes.in()),
        cpu.kernels.reductions());
  }

  @Override
  protected void prepare(Tensor w, int out, int in) {
    cpu.keep(w, gemm.pack(cpu.team, weight(w, out, in).transpose()));
  }
}
