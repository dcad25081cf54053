package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;

/**
 * A of a product, or some rows of it, as the micro-kernels of {@link Tiles} read it.
 *
 * @param numbers panels as {@link Panels#A} makes them, or rows {@link Tiles#ROW_STRIDE} apart
 * @param depth columns of A
 * @param inRows whether it stands in rows
 */
public record PackedA(float[] numbers, int depth, boolean inRows) {
  /** Returns an A that stands in panels. */
  public static PackedA ofPanels(float[] panels, int depth) {
    return new PackedA(panels, depth, false);
  }

  /** Returns an A that stands in rows; in as many as make whole tiles. */
  public static PackedA ofRows(float[] rows, int depth) {
    return new PackedA(rows, depth, true);
  }

  /** Returns whether an A of so many columns may stand in rows. */
  static boolean takesRows(int depth) {
    return depth <= Tiles.ROW_STRIDE;
  }

  /**
   * Copies some rows of A, of their columns {@code k0} to {@code k0 + depth}, to scratch memory: in
   * rows if it takes them, else in panels. A's rows are contiguous.
   */
  public static PackedA copy(
      Matrix a, int row, int rows, int k0, int depth, Slot slot, Scratch scratch) {
    if (!takesRows(depth)) {
      return pack(a, row, rows, k0, depth, slot, scratch);
    }
    float[] copy = scratch.array(slot, Tiles.wholeTiles(rows) * Tiles.ROW_STRIDE);
    Panels.copyRows(a, row, rows, k0, depth, copy, 0, Tiles.ROW_STRIDE);
    return ofRows(copy, depth);
  }

  /** Packs the same in panels. */
  static PackedA pack(Matrix a, int row, int rows, int k0, int depth, Slot slot, Scratch scratch) {
    float[] panels = scratch.array(slot, Panels.A.floats(rows, depth));
    Panels.A.packRows(a, row, rows, k0, depth, panels, 0, scratch);
    return ofPanels(panels, depth);
  }

  /** Packs some rows of A, whose columns are contiguous, in panels. */
  static PackedA packColumns(
      Matrix a, int row, int rows, int k0, int depth, Slot slot, Scratch scratch) {
    float[] panels = scratch.array(slot, Panels.A.floats(rows, depth));
    Matrix columns = a.rows(row, row + rows).transpose();
    new Packing.InPanels(Panels.A, columns, k0, depth, panels, 0).runAlone(0, scratch);
    return ofPanels(panels, depth);
  }

  /**
   * Makes an A of rows in an array: leaves them there if it takes them so, else copies them or
   * packs them in panels. The array holds as many as {@link Panels#paddedRows} says.
   *
   * @param stride from one row to the next
   * @param slot where the copy or the panels are put
   */
  public static PackedA of(float[] a, int stride, int rows, int depth, Slot slot, Scratch scratch) {
    if (!takesRows(depth)) {
      return pack(a, stride, rows, depth, slot, scratch);
    }
    if (stride == Tiles.ROW_STRIDE) {
      return ofRows(a, depth);
    }
    float[] copy = scratch.array(slot, Tiles.wholeTiles(rows) * Tiles.ROW_STRIDE);
    for (int i = 0; i < rows; i++) {
      System.arraycopy(a, i * stride, copy, i * Tiles.ROW_STRIDE, depth);
    }
    return ofRows(copy, depth);
  }

  /**
   * Packs rows of an array in panels; the array holds as many as {@link Panels#paddedRows} says.
   */
  static PackedA pack(float[] a, int stride, int rows, int depth, Slot slot, Scratch scratch) {
    float[] panels = scratch.array(slot, Panels.A.floats(rows, depth));
    Panels.A.packRows(a, 0, stride, rows, depth, panels);
    return ofPanels(panels, depth);
  }

  /** Returns where a row starts; of panels one that is the first of its panel. */
  int at(int row) {
    return inRows ? row * Tiles.ROW_STRIDE : Panels.A.at(row, depth);
  }
}
