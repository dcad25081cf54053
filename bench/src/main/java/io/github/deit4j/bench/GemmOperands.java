package io.github.deit4j.bench;

import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.gemm.Epilogue;
import io.github.deit4j.cpu.gemm.Gemm;
import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import io.github.deit4j.cpu.gemm.Matrix;
import io.github.deit4j.tensor.TensorArena;

/**
 * The operands of one product, as they lie in a training step: row-major and plain.
 *
 * @param c the result
 * @param init zeros, or the result itself where it is added to
 * @param a left factor
 * @param b right factor
 */
record GemmOperands(Matrix c, Matrix init, Matrix a, Matrix b) {
  /** Makes operands of small random numbers. */
  static GemmOperands of(GemmCase product, TensorArena arena) {
    int rows = product.rows();
    int in = product.in();
    int out = product.out();
    Matrix x = matrix(arena, rows, in);
    Matrix w = matrix(arena, out, in);
    Matrix y = matrix(arena, rows, out);
    return switch (product.pass()) {
      case FORWARD -> new GemmOperands(y, zeros(arena, rows, out), x, w.transpose());
      case INPUT_GRADIENT -> new GemmOperands(x, zeros(arena, rows, in), y, w);
      case WEIGHT_GRADIENT -> new GemmOperands(w, w, y.transpose(), x);
    };
  }

  private static Matrix matrix(TensorArena arena, int rows, int columns) {
    return Matrix.of(RandomNumbers.tensor(arena, rows, columns).segment(), rows, columns);
  }

  private static Matrix zeros(TensorArena arena, int rows, int columns) {
    var row = arena.allocate(columns).segment().fill((byte) 0);
    return Matrix.repeatedRow(row, rows, columns);
  }

  void multiply(Gemm gemm, Workers workers) {
    gemm.multiply(workers, c, init, a, b);
  }

  void multiply(Gemm gemm, Workers workers, PackedB packed) {
    gemm.multiply(workers, c, init, a, packed, Epilogue.NONE);
  }
}
