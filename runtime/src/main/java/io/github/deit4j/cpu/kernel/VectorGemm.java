package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.kernel.Scratch.Slot;
import java.lang.foreign.MemorySegment;

/**
 * {@link Gemm} in blocks. B is packed once into panels as wide as a tile and up to {@link
 * #MAX_DEPTH} deep, which all threads read; then tasks of up to {@link #MAX_BLOCK_ROWS} rows by
 * some blocks of columns compute tile after tile, to memory, or where there is an epilogue to an
 * array: it gets each finished block (some rows by up to {@link Tiles#BLOCK} columns) while that is
 * in the first-level cache. Deep panels touch C seldom, and a few of them fit the second-level
 * cache.
 */
final class VectorGemm implements Gemm {
  /** Passes are multiples of this: whole panels of a product whose columns are this one's k. */
  private static final int DEPTH_GRAIN = 64;

  /** Values of k in a pass, at most: what a row of A can hold. */
  static final int MAX_DEPTH = Tiles.ROW_STRIDE / DEPTH_GRAIN * DEPTH_GRAIN;

  /** Few, so that C is written in few places at a time. */
  private static final int MAX_BLOCK_ROWS = 4 * Tiles.HEIGHT;

  private static final int TASKS_PER_THREAD = 4;

  /**
   * Up to so many values of k each task packs its rows of a left factor in columns itself: their
   * lines are few. All rows together come by way of memory and other cores.
   */
  private static final int SHALLOW = 256;

  /**
   * How much of B all rows are multiplied by before the next part, at most: 4 MiB, so that it stays
   * in the last-level cache, of which others may take their share.
   */
  static final int GROUP_FLOATS = 1 << 20;

  @Override
  public void multiply(
      Workers workers, Matrix c, Matrix init, Matrix a, Matrix b, Epilogue epilogue) {
    multiply(workers, c, init, a, b, epilogue, null);
  }

  @Override
  public void addParameterGradients(
      Workers workers, Matrix dw, MemorySegment db, Matrix dy, Matrix x, Reductions reductions) {
    if (dw.columns() == 0) { // No product, and so no panels to sum.
      Gemm.super.addParameterGradients(workers, dw, db, dy, x, reductions);
      return;
    }
    multiply(workers, dw, dw, dy.transpose(), x, Epilogue.NONE, db);
  }

  /**
   * Computes {@code c = init + a·b}.
   *
   * @param sums what the sums of A's rows are added to; null for nothing. Only where rows of C
   *     start from different numbers, so that A is packed
   */
  private static void multiply(
      Workers workers,
      Matrix c,
      Matrix init,
      Matrix a,
      Matrix b,
      Epilogue epilogue,
      MemorySegment sums) {
    int depth = a.columns();
    int pass = pass(depth);
    boolean fewRows = sums == null && FewRowsProduct.suits(workers, c, a, pass);
    int k0 = 0;
    // At least once: c = init where there is nothing to add.
    do {
      int count = Math.min(pass, depth - k0);
      Matrix start = k0 == 0 ? init : c;
      Epilogue last = k0 + count == depth ? epilogue : Epilogue.NONE;
      if (fewRows) {
        new FewRowsProduct(c, start, a, b, k0, count, last).run(workers);
      } else {
        int floats = Panels.RIGHT.floats(b.columns(), count);
        float[] right = Scratch.ofThisThread().array(Slot.PACKED_B, floats);
        Packing packing = new Packing(Panels.RIGHT, b, k0, count, right, 0);
        pass(workers, c, start, a, k0, count, packing, right, 0, last, sums);
      }
      k0 += pass;
    } while (k0 < depth);
  }

  @Override
  public PackedMatrix pack(Workers workers, Matrix b) {
    int depth = b.rows();
    int pass = pass(depth);
    float[] packed = new float[Panels.RIGHT.floats(b.columns(), depth)];
    for (int k0 = 0; k0 < depth; k0 += pass) {
      int to = Panels.RIGHT.floats(b.columns(), k0);
      int count = Math.min(pass, depth - k0);
      Packing.run(workers, null, new Packing(Panels.RIGHT, b, k0, count, packed, to));
    }
    return new PackedMatrix(b, packed);
  }

  @Override
  public void multiply(
      Workers workers, Matrix c, Matrix init, Matrix a, PackedMatrix b, Epilogue epilogue) {
    int depth = a.columns();
    int pass = pass(depth);
    int k0 = 0;
    do {
      int count = Math.min(pass, depth - k0);
      int base = Panels.RIGHT.floats(c.columns(), k0);
      Matrix start = k0 == 0 ? init : c;
      Epilogue last = k0 + count == depth ? epilogue : Epilogue.NONE;
      pass(workers, c, start, a, k0, count, null, b.panels(), base, last, null);
      k0 += pass;
    } while (k0 < depth);
  }

  @Override
  public void feedForward(
      Workers workers, Matrix y, Matrix x, FeedForward layers, Epilogue epilogue) {
    if (x.columns() > MAX_DEPTH) {
      Gemm.super.feedForward(workers, y, x, layers, epilogue);
    } else {
      new VectorFeedForward(layers, y, x, epilogue).run(workers);
    }
  }

  /**
   * Returns how deep the passes over k are: as few as possible, about equally deep, and each of
   * whole blocks of columns where k is another product's columns.
   */
  static int pass(int depth) {
    int passes = Math.max(1, Math.ceilDiv(depth, MAX_DEPTH));
    int grains = Math.ceilDiv(Math.ceilDiv(depth, passes), DEPTH_GRAIN);
    return Math.min(depth, grains * DEPTH_GRAIN);
  }

  /**
   * Computes one pass over {@code depth} values of k, from column {@code k0} of A.
   *
   * @param packing what packs B into {@code right}; null if it is packed
   * @param right B packed in panels, from element {@code base}
   * @param sums what the sums of A's rows are added to; may be null
   */
  private static void pass(
      Workers workers,
      Matrix c,
      Matrix init,
      Matrix a,
      int k0,
      int depth,
      Packing packing,
      float[] right,
      int base,
      Epilogue epilogue,
      MemorySegment sums) {
    if (c.rows() == 0 || c.columns() == 0) {
      return;
    }
    Left shared = null;
    Packing leftPacking = null;
    if (a.columnStride() != 1 && depth > SHALLOW) {
      float[] panels = Scratch.ofThisThread().array(Slot.LEFT, Panels.LEFT.floats(a.rows(), depth));
      leftPacking = new Packing(Panels.LEFT, a.transpose(), k0, depth, panels, 0);
      shared = Left.ofPanels(panels, depth);
    }
    Packing.run(workers, leftPacking, packing);
    new Product(c, init, a, k0, depth, shared, right, base, epilogue, sums).run(workers);
  }

  /**
   * The tasks of a pass.
   *
   * @param shared A packed in panels of its rows; null if each task copies or packs its rows
   * @param sums what the sums of A's rows are added to, of A in panels; may be null
   */
  private record Product(
      Matrix c,
      Matrix init,
      Matrix a,
      int k0,
      int depth,
      Left shared,
      float[] right,
      int base,
      Epilogue epilogue,
      MemorySegment sums) {

    void run(Workers workers) {
      int blocks = Math.ceilDiv(c.rows(), MAX_BLOCK_ROWS);
      // Equal blocks: 38 rows are not 36 + 2.
      int blockRows = Tiles.wholeTiles(Math.ceilDiv(c.rows(), blocks));
      int rowBlocks = Math.ceilDiv(c.rows(), blockRows);
      int block = Tiles.block(depth);
      int columnBlocks = Math.ceilDiv(c.columns(), block);
      int groupBlocks = Math.ceilDiv(columnBlocks, groups(workers, rowBlocks, columnBlocks));
      // All rows by the same columns of B, then by the next ones.
      workers.run(
          rowBlocks * Math.ceilDiv(columnBlocks, groupBlocks),
          (task, scratch) -> {
            int row = task % rowBlocks * blockRows;
            int rows = Math.min(blockRows, c.rows() - row);
            int column = task / rowBlocks * groupBlocks * block;
            int columnEnd = Math.min(c.columns(), column + groupBlocks * block);
            compute(row, rows, column, columnEnd, scratch);
          });
    }

    /** Returns into how many groups the blocks of columns are cut, about. */
    private int groups(Workers workers, int rowBlocks, int columnBlocks) {
      int threads = workers.threads();
      int forThreads = threads == 1 ? 1 : Math.ceilDiv(TASKS_PER_THREAD * threads, rowBlocks);
      long floats = (long) columnBlocks * Tiles.block(depth) * depth;
      int forCache = (int) Math.ceilDiv(floats, (long) GROUP_FLOATS);
      return Math.clamp(Math.max(forThreads, forCache), 1, columnBlocks);
    }

    private void compute(int row, int rows, int from, int to, Scratch scratch) {
      Left left = shared == null ? left(row, rows, scratch) : shared;
      int first = shared == null ? 0 : row;
      if (sums != null && from == 0) {
        // They have to come to the second-level cache anyway.
        PanelSums.add(sums, row, left, first, rows, scratch);
      }
      finish(
          new BlockProduct(left, init, right, base),
          c,
          epilogue,
          first,
          row,
          rows,
          from,
          to,
          scratch);
    }

    /**
     * Returns some rows of A: in panels where what the chains start from differs from row to row.
     */
    private Left left(int row, int rows, Scratch scratch) {
      if (a.columnStride() != 1) {
        return Left.packColumns(a, row, rows, k0, depth, Slot.LEFT, scratch);
      }
      return init.rowStride() == 0
          ? Left.copy(a, row, rows, k0, depth, Slot.LEFT, scratch)
          : Left.pack(a, row, rows, k0, depth, Slot.LEFT, scratch);
    }
  }

  /** Computes some rows of some columns, and makes and writes the results. */
  static void finish(
      BlockProduct product,
      Matrix c,
      Epilogue epilogue,
      int first,
      int row,
      int rows,
      int from,
      int to,
      Scratch scratch) {
    if (epilogue.equals(Epilogue.NONE)) {
      product.store(c, first, row, rows, from, to, scratch);
    } else {
      product.run(first, row, rows, from, to, finisher(c, epilogue), scratch);
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
        epilogue.op().apply(block, at, operand, row, rows, columns, Tiles.BLOCK);
      }
      Blocks.store(block, c, row, column, rows, columns);
    };
  }
}
