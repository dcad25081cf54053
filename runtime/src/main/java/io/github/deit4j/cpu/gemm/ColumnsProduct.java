package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.core.Workers;

/**
 * A pass whose tasks compute some columns each: they pack their columns of B, which stay in their
 * core's own cache, and multiply all rows of A by them. For products with fewer rows than columns.
 */
final class ColumnsProduct {
  /** Of a left factor in rows, which are far apart. */
  private static final int MOST_ROWS = 256;

  /** Numbers of B: fewer stay in the second-level cache anyway. */
  private static final long LEAST_FLOATS = 1 << 18;

  private static final int LEAST_TASKS_PER_THREAD = 3;

  private final Pass pass;
  private final boolean inRows;

  private ColumnsProduct(Pass pass) {
    this.pass = pass;
    this.inRows = !pass.leftInColumns() && pass.startsEqual();
  }

  /** Returns whether a pass is faster this way. */
  static boolean suits(Workers workers, Pass pass) {
    Matrix c = pass.c();
    int threads = workers.threads();
    int tasks = Math.ceilDiv(c.columns(), Tiles.block(pass.depth()));
    boolean enough = threads == 1 || tasks >= LEAST_TASKS_PER_THREAD * threads;
    return enough
        && (pass.leftInColumns()
            ? c.columns() > c.rows()
            : c.rows() <= MOST_ROWS && (long) c.columns() * pass.depth() >= LEAST_FLOATS);
  }

  /** Computes a pass. */
  static void run(Workers workers, Pass pass) {
    new ColumnsProduct(pass).run(workers);
  }

  private void run(Workers workers) {
    Matrix c = pass.c();
    int depth = pass.depth();
    int block = Tiles.block(depth);
    int tasks = Math.ceilDiv(c.columns(), block);
    int leftPanels = Panels.LEFT.panels(c.rows());
    PackedA shared = null;
    if (!Pass.copiesEach(workers, c.columns())) {
      shared = left(Scratch.ofThisThread());
      copy(shared).run(workers);
    }
    PackedA common = shared;
    Object user = new Object();
    workers.run(
        tasks,
        (task, scratch) -> {
          PackedA left = common;
          if (left == null) {
            left = left(scratch);
            if (scratch.claim(Slot.LEFT, user)) {
              copy(left).runAlone((double) task / tasks, scratch);
            }
          }
          int from = task * block;
          int to = Math.min(c.columns(), from + block);
          float[] right = scratch.array(Slot.PACKED_B, Panels.RIGHT.floats(to - from, depth));
          pass.right(from, to, right).runAlone(0, scratch);
          // Each task sums its share of the rows.
          int row = leftPanels * task / tasks * Tiles.LEFT_ROWS;
          int end = Math.min(c.rows(), leftPanels * (task + 1) / tasks * Tiles.LEFT_ROWS);
          pass.addSums(left, row, row, end - row, scratch);
          BlockProduct product = new BlockProduct(left, pass.init(), right, -from * depth);
          VectorGemm.finish(product, c, pass.epilogue(), 0, c.rows(), from, to, scratch);
        });
  }

  /** Returns A's place in a thread's scratch memory. */
  private PackedA left(Scratch scratch) {
    int rows = pass.c().rows();
    int depth = pass.depth();
    int floats =
        inRows ? Tiles.wholeTiles(rows) * Tiles.ROW_STRIDE : Panels.LEFT.floats(rows, depth);
    float[] numbers = scratch.array(Slot.LEFT, floats);
    return inRows ? PackedA.ofRows(numbers, depth) : PackedA.ofPanels(numbers, depth);
  }

  private FactorCopy copy(PackedA left) {
    return inRows
        ? new RowCopy(pass.a(), pass.k0(), pass.depth(), left.numbers())
        : new Packing(
            Panels.LEFT, pass.a().transpose(), pass.k0(), pass.depth(), left.numbers(), 0);
  }
}
