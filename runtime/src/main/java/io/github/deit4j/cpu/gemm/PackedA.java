package io.github.deit4j.cpu.gemm;

import io.github.deit4j.cpu.core.Scratch;
import io.github.deit4j.cpu.core.Scratch.Slot;

/**
 * A of a product, or some rows of it, as the micro-kernels of {@link Tiles} read it.
 *
 * @param factors what it holds of A's numbers
 * @param numbers panels as {@link Panels#A} makes them, or rows {@link Tiles#ROW_STRIDE} apart
 * @param depth words of a row
 * @param inRows whether it stands in rows
 */
public record PackedA(Factors factors, float[] numbers, int depth, boolean inRows) {
  /** Returns an A that stands in panels. */
  public static PackedA ofPanels(Factors factors, float[] panels, int depth) {
    return new PackedA(factors, panels, depth, false);
  }

  /** Returns an A that stands in rows; in as many as make whole tiles. */
  public static PackedA ofRows(Factors factors, float[] rows, int depth) {
    return new PackedA(factors, rows, depth, true);
  }

  /** Returns whether an A of so many columns may stand in rows. */
  private static boolean takesRows(Factors factors, int depth) {
    return factors.depth(depth) <= Tiles.ROW_STRIDE;
  }

  /**
   * Copies some rows of A, of their columns {@code k0} to {@code k0 + depth}, to scratch memory: in
   * rows if it takes them, else in panels. A's rows are contiguous.
   */
  public static PackedA copy(
      Factors factors, Matrix a, int row, int rows, int k0, int depth, Slot slot, Scratch scratch) {
    if (!takesRows(factors, depth)) {
      return pack(factors, a, row, rows, k0, depth, slot, scratch);
    }
    float[] copy = scratch.array(slot, Tiles.wholeTiles(rows) * Tiles.ROW_STRIDE);
    factors.copyRows(a, row, rows, k0, depth, copy, 0, Tiles.ROW_STRIDE);
    return ofRows(factors, copy, factors.depth(depth));
  }

  /** Packs the same in panels. */
  static PackedA pack(
      Factors factors, Matrix a, int row, int rows, int k0, int depth, Slot slot, Scratch scratch) {
    float[] panels = scratch.array(slot, Panels.A.floats(rows, depth));
    factors.packRows(Panels.A, a, row, rows, k0, depth, panels, 0, scratch);
    return ofPanels(factors, panels, factors.depth(depth));
  }

  /** Packs some rows of A, whose columns are contiguous, in panels. */
  static PackedA packColumns(
      Factors factors, Matrix a, int row, int rows, int k0, int depth, Slot slot, Scratch scratch) {
    float[] panels = scratch.array(slot, Panels.A.floats(rows, depth));
    Matrix columns = a.rows(row, row + rows).transpose();
    new Packing.InPanels(factors, Panels.A, columns, k0, depth, panels, 0).runAlone(0, scratch);
    return ofPanels(factors, panels, factors.depth(depth));
  }

  /**
   * Makes an A of rows of numbers in an array: leaves them there, rounded, if it takes them so,
   * else copies them or packs them in panels. The array holds as many as {@link Panels#paddedRows}
   * says.
   *
   * @param stride from one row to the next
   * @param slot where the copy or the panels are put
   */
  public static PackedA of(
      Factors factors, float[] a, int stride, int rows, int depth, Slot slot, Scratch scratch) {
    if (!takesRows(factors, depth)) {
      return pack(factors, a, stride, rows, depth, slot, scratch);
    }
    if (stride == Tiles.ROW_STRIDE && factors != Factors.PAIRS) {
      factors.roundRows(a, 0, stride, rows, depth);
      return ofRows(factors, a, depth);
    }
    float[] copy = scratch.array(slot, Tiles.wholeTiles(rows) * Tiles.ROW_STRIDE);
    factors.copyRows(a, 0, stride, rows, depth, copy, 0, Tiles.ROW_STRIDE);
    return ofRows(factors, copy, factors.depth(depth));
  }

  /**
   * Packs rows of an array in panels; the array holds as many as {@link Panels#paddedRows} says.
   */
  static PackedA pack(
      Factors factors, float[] a, int stride, int rows, int depth, Slot slot, Scratch scratch) {
    float[] panels = scratch.array(slot, Panels.A.floats(rows, depth));
    factors.packRows(Panels.A, a, 0, stride, rows, depth, panels, scratch);
    return ofPanels(factors, panels, factors.depth(depth));
  }

  /** Returns where a row starts; of panels one that is the first of its panel. */
  int at(int row) {
    return inRows ? row * Tiles.ROW_STRIDE : Panels.A.at(row, depth);
  }
}
