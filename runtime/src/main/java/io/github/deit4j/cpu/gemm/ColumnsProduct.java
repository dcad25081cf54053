package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.core.Workers;

/**
 * A pass whose tasks compute some columns each: they pack their columns of B, which stay in their
 * core's own cache, and multiply all rows of A by them. For products with fewer rows than columns:
 * of few rows, a B that all pack together is read back from far away to be multiplied by little. At
 * batch 1 DeiT-B's products are 1.04 to 1.09 times as fast on one thread.
 */
final class ColumnsProduct {
  /** Of A in rows, which are far apart. */
  private static final int MOST_ROWS = 256;

  /** Numbers of B: fewer stay in the second-level cache anyway. */
  private static final long LEAST_FLOATS = 1 << 18;

  private static final int LEAST_TASKS_PER_THREAD = 3;

  private final Pass pass;
  private final boolean inRows;

  private ColumnsProduct(Pass pass) {
    this.pass = pass;
    this.inRows = !pass.aInColumns() && pass.startsEqual();
  }

  /** Returns whether a pass is faster this way. */
  static boolean suits(Workers workers, Pass pass) {
    Matrix c = pass.c();
    int threads = workers.threads();
    int tasks = Math.ceilDiv(c.columns(), Tiles.block(pass.words()));
    boolean enough = threads == 1 || tasks >= LEAST_TASKS_PER_THREAD * threads;
    return enough
        && (pass.aInColumns()
            ? c.columns() > c.rows()
            : c.rows() <= MOST_ROWS && (long) c.columns() * pass.words() >= LEAST_FLOATS);
  }

  /** Computes a pass. */
  static void run(Workers workers, Pass pass) {
    new ColumnsProduct(pass).run(workers);
  }

  private void run(Workers workers) {
    Matrix c = pass.c();
    int depth = pass.words();
    int block = Tiles.block(depth);
    int tasks = Math.ceilDiv(c.columns(), block);
    int panelsOfA = Panels.A.panels(c.rows());
    PackedA shared = null;
    if (!Pass.copiesEach(workers, c.columns())) {
      shared = place(Scratch.ofThisThread());
      copy(shared).run(workers);
    }
    PackedA common = shared;
    Object user = new Object();
    workers.run(
        tasks,
        (task, scratch) -> {
          PackedA packed = common;
          if (packed == null) {
            packed = place(scratch);
            if (scratch.claim(Slot.PACKED_A, user)) {
              copy(packed).runAlone((double) task / tasks, scratch);
            }
          }
          int from = task * block;
          int to = Math.min(c.columns(), from + block);
          float[] panels = scratch.array(Slot.PACKED_B, Panels.B.floats(to - from, depth));
          pass.packB(from, to, panels).runAlone(0, scratch);
          // Each task sums its share of the rows.
          int row = panelsOfA * task / tasks * Tiles.PANEL_ROWS;
          int end = Math.min(c.rows(), panelsOfA * (task + 1) / tasks * Tiles.PANEL_ROWS);
          pass.addSums(packed, row, row, end - row, scratch);
          BlockProduct product = new BlockProduct(packed, pass.init(), panels, -from * depth);
          VectorGemm.finish(product, c, pass.epilogue(), 0, c.rows(), from, to, scratch);
        });
  }

  /** Returns A's place in a thread's scratch memory. */
  private PackedA place(Scratch scratch) {
    int rows = pass.c().rows();
    int depth = pass.words();
    int floats = inRows ? Tiles.wholeTiles(rows) * Tiles.ROW_STRIDE : Panels.A.floats(rows, depth);
    float[] numbers = scratch.array(Slot.PACKED_A, floats);
    return new PackedA(pass.factors(), numbers, depth, inRows);
  }

  private Packing copy(PackedA packed) {
    return inRows
        ? new Packing.InRows(pass.factors(), pass.a(), pass.k0(), pass.depth(), packed.numbers())
        : new Packing.InPanels(
            pass.factors(),
            Panels.A,
            pass.a().transpose(),
            pass.k0(),
            pass.depth(),
            packed.numbers(),
            0);
  }
}
