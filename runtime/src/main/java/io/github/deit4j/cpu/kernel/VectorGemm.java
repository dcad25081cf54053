package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.kernel.Scratch.Slot;

/**
 * {@link Gemm} in blocks. B is packed once into panels as wide as a tile and up to {@link #DEPTH}
 * deep, which all threads read; then tasks of {@link #BLOCK_ROWS} rows by some panels copy their
 * rows of A and compute tile after tile. Deep panels touch C seldom, and one of them fits the
 * second-level cache.
 */
final class VectorGemm implements Gemm {
  private static final int DEPTH = 1024;
  private static final int BLOCK_ROWS = 16 * Tiles.ROWS;
  private static final int TASKS_PER_THREAD = 4;

  @Override
  public void multiply(Workers workers, Matrix c, Matrix init, Matrix a, Matrix b) {
    if (c.rows() == 0 || c.columns() == 0) {
      return;
    }
    int depth = a.columns();
    int width = panels(b) * Tiles.WIDTH;
    float[] packed = Scratch.ofThisThread().array(Slot.PACKED_B, Math.min(DEPTH, depth) * width);
    Matrix start = init;
    int k0 = 0;
    // At least once: c = init where there is nothing to add.
    do {
      int count = Math.min(DEPTH, depth - k0);
      pack(workers, b, k0, count, packed, 0);
      compute(workers, new Product(c, start, a, k0, count, packed, 0), panels(b));
      start = c;
      k0 += DEPTH;
    } while (k0 < depth);
  }

  @Override
  public PackedMatrix pack(Workers workers, Matrix b) {
    int width = panels(b) * Tiles.WIDTH;
    float[] packed = new float[Math.multiplyExact(b.rows(), width)];
    for (int k0 = 0; k0 < b.rows(); k0 += DEPTH) {
      pack(workers, b, k0, Math.min(DEPTH, b.rows() - k0), packed, k0 * width);
    }
    return new PackedMatrix(b, packed);
  }

  @Override
  public void multiply(Workers workers, Matrix c, Matrix init, Matrix a, PackedMatrix b) {
    int depth = a.columns();
    if (c.rows() == 0 || c.columns() == 0 || depth == 0) {
      multiply(workers, c, init, a, b.source());
      return;
    }
    int width = panels(b.source()) * Tiles.WIDTH;
    Matrix start = init;
    for (int k0 = 0; k0 < depth; k0 += DEPTH) {
      int count = Math.min(DEPTH, depth - k0);
      Product product = new Product(c, start, a, k0, count, b.panels(), k0 * width);
      compute(workers, product, panels(b.source()));
      start = c;
    }
  }

  private static int panels(Matrix b) {
    return ceilDiv(b.columns(), Tiles.WIDTH);
  }

  private static void pack(Workers workers, Matrix b, int k0, int depth, float[] packed, int to) {
    int panelSize = depth * Tiles.WIDTH;
    workers.run(
        panels(b),
        (panel, scratch) ->
            Packing.panel(
                b,
                k0,
                depth,
                panel * Tiles.WIDTH,
                packed,
                to + panel * panelSize,
                scratch.array(Slot.PACKING, Packing.WORKING_FLOATS)));
  }

  private static void compute(Workers workers, Product product, int panels) {
    int blocks = ceilDiv(product.c.rows(), BLOCK_ROWS);
    int wanted = ceilDiv(TASKS_PER_THREAD * workers.threads(), blocks);
    int groupPanels = ceilDiv(panels, workers.threads() == 1 ? 1 : Math.min(wanted, panels));
    int groups = ceilDiv(panels, groupPanels);
    workers.run(
        blocks * groups,
        (task, scratch) -> {
          int row = task / groups * BLOCK_ROWS;
          int panel = task % groups * groupPanels;
          product.block(row, panel, Math.min(panels, panel + groupPanels), scratch);
        });
  }

  private static int ceilDiv(int size, int part) {
    return (size + part - 1) / part;
  }

  /**
   * One pass over {@code depth} values of k, from column {@code k0} of A, with the panels from
   * element {@code base} of {@code packed}.
   */
  private record Product(
      Matrix c, Matrix init, Matrix a, int k0, int depth, float[] packed, int base) {

    void block(int row, int panel, int panelEnd, Scratch scratch) {
      int rows = Math.min(BLOCK_ROWS, c.rows() - row);
      int paddedRows = ceilDiv(rows, Tiles.ROWS) * Tiles.ROWS;
      float[] left = scratch.array(Slot.PACKED_A, paddedRows * depth);
      Packing.block(a, row, rows, paddedRows, k0, depth, left);
      float[] tile = scratch.array(Slot.TILE, Tiles.ROWS * Tiles.WIDTH);
      boolean rowMajor = a.columnStride() == 1;
      int ars = rowMajor ? depth : 1;
      int aks = rowMajor ? 1 : paddedRows;
      for (int p = panel; p < panelEnd; p++) {
        for (int i = 0; i < rows; i += Tiles.ROWS) {
          tile(row + i, p, left, i * ars, ars, aks, tile);
        }
      }
    }

    private void tile(int row, int panel, float[] left, int ao, int ars, int aks, float[] tile) {
      int column = panel * Tiles.WIDTH;
      int rows = Math.min(Tiles.ROWS, c.rows() - row);
      int columns = Math.min(Tiles.WIDTH, c.columns() - column);
      Tiles.load(tile, init, row, column, rows, columns);
      Tiles.multiply(columns, depth, left, ao, ars, aks, packed, base + column * depth, tile);
      Tiles.store(tile, c, row, column, rows, columns);
    }
  }
}
