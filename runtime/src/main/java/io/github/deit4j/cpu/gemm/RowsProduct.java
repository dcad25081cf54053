package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;
import io.github.deit4j.cpu.core.Workers;

/**
 * A pass whose tasks compute some rows each: they copy their rows of A and multiply them by B's
 * panels, which all of them need.
 */
final class RowsProduct {
  /** Rows of a task, about. Few, so that C is written in few places at a time. */
  private static final int BLOCK_ROWS = 4 * Tiles.HEIGHT;

  private static final int TASKS_PER_THREAD = 4;

  /**
   * How much of B all rows are multiplied by before the next part, at most: 5 MiB, so that it stays
   * in the last-level cache, of which others may take their share. A product 3072 columns wide read
   * 9 to 19 MB of B for each 36 rows; in parts of 4 MiB forward was 1.04 to 1.11 times, weight
   * gradients up to 1.15 times as fast. A is copied again for each part: with 5 MiB, two of
   * DeiT-B's first layer instead of three, products with GELU are 1.04 times as fast, with 8 qkv is
   * 0.97. Deep chains on the other hand run through: cutting k so that a tile's numbers of A stay
   * in the first-level cache was 1 to 3 % slower.
   */
  static final int GROUP_FLOATS = 5 << 18;

  private final Pass pass;
  private final int rowBlocks;
  private final int columnsOfGroup;

  /** B packed, from element {@code base}; null if each thread packs what it needs. */
  private final float[] packedB;

  private final int base;

  private RowsProduct(Workers workers, Pass pass, float[] packedB, int base) {
    Matrix c = pass.c();
    this.pass = pass;
    this.packedB = packedB;
    this.base = base;
    // As many for each thread: of 33 blocks for two threads one has the last for itself, which cost
    // DeiT-S at batch 8 1 to 4 %; five cost DeiT-Ti at batch 1 up to 9 %.
    int threads = workers.threads();
    int ofThread = Math.max(1, Math.round((float) c.rows() / (BLOCK_ROWS * threads)));
    this.rowBlocks = Math.min(ofThread * threads, Math.ceilDiv(c.rows(), Tiles.HEIGHT));
    int block = Tiles.block(pass.words());
    int columnBlocks = Math.ceilDiv(c.columns(), block);
    int groups = Math.clamp(groups(workers), 1, columnBlocks);
    this.columnsOfGroup = Math.ceilDiv(columnBlocks, groups) * block;
  }

  /** Computes a pass. */
  static void run(Workers workers, Pass pass) {
    float[] shared = null;
    if (!Pass.copiesEach(workers, pass.c().rows())) {
      int columns = pass.c().columns();
      int floats = Panels.B.floats(columns, pass.words());
      shared = Scratch.ofThisThread().array(Slot.PACKED_B, floats);
      pass.packB(0, columns, shared).run(workers);
    }
    new RowsProduct(workers, pass, shared, 0).run(workers);
  }

  /**
   * Computes a pass with B packed.
   *
   * @param base the element from which B's panels stand
   */
  static void run(Workers workers, Pass pass, float[] packedB, int base) {
    new RowsProduct(workers, pass, packedB, base).run(workers);
  }

  /** Returns into how many groups the columns are cut, about. */
  private int groups(Workers workers) {
    if (pass.aInColumns()) {
      return 1; // Packing A again for another group would cost more than B from far away.
    }
    int threads = workers.threads();
    int forThreads = threads == 1 ? 1 : Math.ceilDiv(TASKS_PER_THREAD * threads, rowBlocks);
    long floats = (long) Tiles.wholePanels(pass.c().columns()) * pass.words();
    return Math.max(forThreads, (int) Math.ceilDiv(floats, (long) GROUP_FLOATS));
  }

  /** Returns the first row of a block; behind the last block the number of rows. */
  private int firstRow(int block) {
    int rows = pass.c().rows();
    int whole = Math.ceilDiv(rows, Tiles.HEIGHT);
    return Math.min(rows, (int) ((long) whole * block / rowBlocks) * Tiles.HEIGHT);
  }

  private void run(Workers workers) {
    Matrix c = pass.c();
    int groups = Math.ceilDiv(c.columns(), columnsOfGroup);
    int tasks = rowBlocks * groups;
    Object[] users = new Object[groups];
    for (int i = 0; i < groups; i++) {
      users[i] = new Object();
    }
    // All rows by the same columns of B, then by the next ones.
    workers.run(
        tasks,
        (task, scratch) -> {
          int row = firstRow(task % rowBlocks);
          int rows = firstRow(task % rowBlocks + 1) - row;
          int group = task / rowBlocks;
          int from = group * columnsOfGroup;
          int to = Math.min(c.columns(), from + columnsOfGroup);
          float[] panels = packedB;
          int at = base;
          if (panels == null) {
            int floats = Panels.B.floats(to - from, pass.words());
            panels = scratch.array(Slot.PACKED_B, floats);
            at = -from * pass.words();
            if (scratch.claim(Slot.PACKED_B, users[group])) {
              pass.packB(from, to, panels).runAlone((double) task / tasks, scratch);
            }
          }
          PackedA packed = pass.packA(row, rows, Slot.PACKED_A, scratch);
          if (group == 0) {
            // The second-level cache needs them anyway.
            pass.addSums(packed, 0, row, rows, scratch);
          }
          BlockProduct product = new BlockProduct(packed, pass.init(), panels, at);
          VectorGemm.finish(product, c, pass.epilogue(), row, rows, from, to, scratch);
        });
  }
}
