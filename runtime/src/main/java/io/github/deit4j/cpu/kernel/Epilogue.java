package io.github.deit4j.cpu.kernel;

/**
 * Work on a matrix product's result that is done block by block, while a block is in the cache. The
 * blocks cover the result, each exactly once; they come in any order and from several threads, so
 * an epilogue touches nothing but what belongs to its block.
 */
@FunctionalInterface
public interface Epilogue {
  /** Does nothing. */
  Epilogue NONE = (row, rows, column, columns) -> {};

  /** Takes a block of finished elements. */
  void apply(int row, int rows, int column, int columns);
}
