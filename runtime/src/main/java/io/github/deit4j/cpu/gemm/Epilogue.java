package io.github.deit4j.cpu.gemm;

/**
 * What happens to a product block by block, while a block is in an array in the first-level cache,
 * before it is written to the result: in one loop over the whole block, since a call for each row
 * of 64 numbers cost more than the numbers did. (GELU that reads and writes memory itself makes its
 * products 1.02 to 1.09 times as fast alone, but training steps of DeiT-S and Ti 1.00 and 1.01.)
 * The blocks cover the result, each exactly once; they come in any order and from several threads.
 *
 * @param product where the product itself is kept too, [m, n], column stride 1; null for nowhere
 * @param operand what {@code op} combines the product with, [m, n], column stride 1; may be null
 * @param op what makes the result of the product; null for the sum of product and operand, or
 *     without an operand for the product itself
 */
public record Epilogue(Matrix product, Matrix operand, Op op) {
  /** The result is the product. */
  public static final Epilogue NONE = new Epilogue(null, null, null);

  /** Returns what adds the product to other numbers, [m, n], column stride 1. */
  public static Epilogue sum(Matrix operand) {
    return new Epilogue(null, operand, null);
  }

  /** Returns the same for a product that is this one's rows from {@code first} on. */
  Epilogue from(int first) {
    Op inner = op;
    return new Epilogue(
        product == null ? null : product.rows(first, product.rows()),
        operand == null ? null : operand.rows(first, operand.rows()),
        inner == null
            ? null
            : (block, at, other, row, column, rows, columns, stride) ->
                inner.apply(block, at, other, first + row, column, rows, columns, stride));
  }

  /**
   * Makes results of products and writes them, copying row by row.
   *
   * @param block finished products: row i from element {@code i·stride}
   * @param c the result
   */
  public void finish(
      float[] block, int stride, Matrix c, int row, int rows, int column, int columns) {
    if (product != null) {
      product.store(block, stride, row, column, rows, columns);
    }
    float[] other = null;
    if (operand != null) {
      other = new float[rows * stride];
      operand.load(other, stride, row, column, rows, columns);
    }
    if (op != null) {
      op.apply(block, 0, other, row, column, rows, columns, stride);
    } else if (other != null) {
      for (int i = 0; i < other.length; i++) {
        block[i] += other[i];
      }
    }
    c.store(block, stride, row, column, rows, columns);
  }

  /** An op on rows of a block, in place. */
  @FunctionalInterface
  public interface Op {
    /**
     * Replaces products by results.
     *
     * @param block finished products
     * @param at where the first row starts
     * @param operand the operand's numbers in the same places; null without an operand
     * @param row the first row, counted in the result
     * @param column the first column, counted in the result
     * @param stride from one row to the next in both arrays
     */
    void apply(
        float[] block,
        int at,
        float[] operand,
        int row,
        int column,
        int rows,
        int columns,
        int stride);
  }
}
