package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Reductions;
import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.gemm.Gemm.FeedForward;
import io.github.deit4j.cpu.gemm.Gemm.PackedB;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link Gemm} in passes over up to {@link #MAX_DEPTH} words of k, so that C is touched seldom.
 * Tasks compute some rows of C or some columns of it ({@link RowsProduct}, {@link ColumnsProduct})
 * tile after tile, to memory, or where there is an epilogue to an array: it gets each finished
 * block (some rows by up to {@link Tiles#BLOCK} columns) while that is in the first-level cache.
 */
public final class VectorGemm implements Gemm {
  private final Factors factors;

  /** Creates a product of float32. */
  public VectorGemm() {
    this(Factors.FLOAT32);
  }

  /** Creates a product of such factors. */
  public VectorGemm(Factors factors) {
    this.factors = factors;
  }

  /** Passes are multiples of this: whole panels of a product whose columns are this one's k. */
  private static final int DEPTH_GRAIN = 64;

  /** Words of k in a pass, at most: what a row of A can hold. */
  public static final int MAX_DEPTH = Tiles.ROW_STRIDE / DEPTH_GRAIN * DEPTH_GRAIN;

  @Override
  public boolean keepsPairs() {
    return factors == Factors.PAIRS;
  }

  @Override
  public void multiply(
      Workers workers, Matrix c, Matrix init, Matrix a, Matrix b, Epilogue epilogue) {
    multiply(workers, c, init, a, b, epilogue, null);
  }

  @Override
  public void addParameterGradients(
      Workers workers, Matrix dw, MemorySegment db, Matrix dy, Matrix x, Reductions reductions) {
    // No product, and so no panels to sum; or not of the numbers themselves.
    if (dw.columns() == 0 || factors != Factors.FLOAT32) {
      Gemm.super.addParameterGradients(workers, dw, db, dy, x, reductions);
      return;
    }
    multiply(workers, dw, dw, dy.transpose(), x, Epilogue.NONE, db);
  }

  private void multiply(
      Workers workers,
      Matrix c,
      Matrix init,
      Matrix a,
      Matrix b,
      Epilogue epilogue,
      MemorySegment sums) {
    if (c.pairs() && isDeep(a)) {
      Matrix numbers = numbers(c);
      multiply(workers, numbers, init, a, b, epilogue, sums);
      numbers.roundTo(c);
      return;
    }
    for (Pass pass : passes(c, init, a, b, epilogue, sums)) {
      if (ColumnsProduct.suits(workers, pass)) {
        ColumnsProduct.run(workers, pass);
      } else {
        RowsProduct.run(workers, pass);
      }
    }
  }

  /** Returns whether a product takes more than one pass, between which sums stand in C. */
  private boolean isDeep(Matrix a) {
    return a.columns() > pass(factors, a.columns());
  }

  /** Returns a matrix of float32 for what will be rounded to pairs. */
  private static Matrix numbers(Matrix c) {
    long count = (long) c.rows() * c.columns();
    MemorySegment memory = Scratch.ofThisThread().floats(Slot.SUMS, count);
    return Matrix.of(memory, c.rows(), c.columns());
  }

  @Override
  public PackedB pack(Workers workers, Matrix b) {
    int depth = b.rows();
    int pass = pass(factors, depth);
    float[] packed = new float[Panels.B.floats(b.columns(), factors.depth(depth))];
    for (int k0 = 0; k0 < depth; k0 += pass) {
      int to = Panels.B.floats(b.columns(), factors.depth(k0));
      int count = Math.min(pass, depth - k0);
      new Packing.InPanels(factors, Panels.B, b, k0, count, packed, to).run(workers);
    }
    return new PackedB(b, packed);
  }

  @Override
  public void multiply(
      Workers workers, Matrix c, Matrix init, Matrix a, PackedB b, Epilogue epilogue) {
    if (c.pairs() && isDeep(a)) {
      Matrix numbers = numbers(c);
      multiply(workers, numbers, init, a, b, epilogue);
      numbers.roundTo(c);
      return;
    }
    for (Pass pass : passes(c, init, a, null, epilogue, null)) {
      int base = Panels.B.floats(c.columns(), factors.depth(pass.k0()));
      RowsProduct.run(workers, pass, b.panels(), base);
    }
  }

  @Override
  public void feedForward(
      Workers workers, Matrix y, Matrix x, FeedForward layers, Epilogue epilogue) {
    if (x.columns() > MAX_DEPTH) {
      Gemm.super.feedForward(workers, y, x, layers, epilogue);
    } else {
      new VectorFeedForward(factors, layers, y, x, epilogue).run(workers);
    }
  }

  /**
   * Returns how deep the passes over k are: as few as possible, about equally deep, and each of
   * whole blocks of columns where k is another product's columns.
   */
  static int pass(Factors factors, int depth) {
    int passes = Math.max(1, Math.ceilDiv(depth, MAX_DEPTH * factors.ofWord()));
    int grains = Math.ceilDiv(Math.ceilDiv(depth, passes), DEPTH_GRAIN);
    return Math.min(depth, grains * DEPTH_GRAIN);
  }

  /** Returns a product's passes, at least one if it has results. */
  private List<Pass> passes(
      Matrix c, Matrix init, Matrix a, Matrix b, Epilogue epilogue, MemorySegment sums) {
    List<Pass> passes = new ArrayList<>();
    if (c.rows() == 0 || c.columns() == 0) {
      return passes;
    }
    Matrix first = init;
    if (factors.bf16() && init.rowStride() != 0 && !init.equals(c)) {
      copyStarts(c, init);
      first = c;
    }
    int depth = a.columns();
    int step = pass(factors, depth);
    int k0 = 0;
    do {
      int count = Math.min(step, depth - k0);
      Matrix start = k0 == 0 ? first : c;
      Epilogue last = k0 + count == depth ? epilogue : Epilogue.NONE;
      passes.add(new Pass(factors, c, start, a, b, k0, count, last, sums));
      k0 += step;
    } while (k0 < depth);
    return passes;
  }

  /** Copies what chains start from where it differs from row to row, which is seldom. */
  private void copyStarts(Matrix c, Matrix init) {
    float[] row = new float[c.columns()];
    for (int i = 0; i < c.rows(); i++) {
      init.load(row, 0, i, 0, 1, row.length);
      factors.begin(row, 0, row.length);
      c.store(row, 0, i, 0, 1, row.length);
    }
  }

  /** Computes some rows of some columns, and makes and writes the results. */
  static void finish(
      BlockProduct product,
      Matrix c,
      Epilogue epilogue,
      int row,
      int rows,
      int from,
      int to,
      Scratch scratch) {
    if (epilogue.equals(Epilogue.NONE) && !c.pairs()) {
      product.store(c, row, rows, from, to, scratch);
    } else {
      product.run(0, row, rows, from, to, finisher(c, epilogue), scratch);
    }
  }

  /** Returns what makes results of blocks and writes them. */
  private static BlockProduct.Sink finisher(Matrix c, Epilogue epilogue) {
    return (block, at, row, rows, column, columns, scratch) -> {
      if (epilogue.product() != null) {
        Blocks.store(block, epilogue.product(), row, column, rows, columns);
      }
      Matrix other = epilogue.operand();
      if (epilogue.op() == null && other != null) {
        Blocks.storeSum(block, other, c, row, column, rows, columns);
        return;
      }
      if (epilogue.op() != null) {
        float[] operand = null;
        if (other != null) {
          operand = scratch.array(Slot.OPERAND, rows * Tiles.BLOCK);
          Blocks.load(operand, other, row, column, rows, columns);
        }
        epilogue.op().apply(block, at, operand, row, column, rows, columns, Tiles.BLOCK);
      }
      Blocks.store(block, c, row, column, rows, columns);
    };
  }
}
