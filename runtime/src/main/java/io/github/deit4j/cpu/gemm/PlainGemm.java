package io.github.deit4j.cpu.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Workers;
import java.lang.foreign.MemorySegment;

/**
 * {@link Gemm} in plain loops over arrays, with {@link PlainChains}: for machines and JVMs that
 * have nothing for {@link VectorGemm}, and for the first second of a JVM. The loops are bearable in
 * the interpreter and compiled within some 20 ms; micro-kernels take C2 ten times as long, and are
 * a thousand times slower until then.
 */
public final class PlainGemm implements Gemm {
  /** Columns of one pass over B, so that it stays in the caches. */
  private static final int COLUMNS = 768;

  /** Rows of one task. */
  private static final int BLOCK_ROWS = 16;

  @Override
  public void multiply(
      Workers workers, Matrix c, Matrix init, Matrix a, Matrix b, Epilogue epilogue) {
    for (int from = 0; from < c.columns(); from += COLUMNS) {
      int column = from;
      int columns = Math.min(COLUMNS, c.columns() - column);
      float[][] rowsOfB = new float[a.columns()][columns];
      workers.runRanges(columns, 16, (j, end) -> copyColumns(b, column, j, end, rowsOfB));
      workers.runRanges(
          c.rows(),
          BLOCK_ROWS,
          (row, end) -> {
            for (long i = row; i < end; i += 2) {
              pair(c, init, a, rowsOfB, (int) i, i + 1 < end, column, epilogue);
            }
          });
    }
  }

  /** Copies columns of B to arrays, one for each k. */
  private static void copyColumns(Matrix b, int column, long from, long end, float[][] rowsOfB) {
    int first = (int) from;
    int count = (int) (end - from);
    if (b.columnStride() == 1) {
      for (int k = 0; k < rowsOfB.length; k++) {
        long source = b.byteOffset(k, column + first);
        MemorySegment.copy(b.memory(), JAVA_FLOAT, source, rowsOfB[k], first, count);
      }
    } else {
      for (int j = first; j < end; j++) {
        scatter(line(b.transpose(), column + j), rowsOfB, j);
      }
    }
  }

  private static void scatter(float[] values, float[][] rowsOfB, int j) {
    for (int k = 0; k < rowsOfB.length; k++) {
      rowsOfB[k][j] = values[k];
    }
  }

  /** Returns a row of a matrix. */
  private static float[] line(Matrix matrix, int row) {
    float[] values = new float[matrix.columns()];
    if (matrix.columnStride() == 1) {
      MemorySegment.copy(
          matrix.memory(), JAVA_FLOAT, matrix.byteOffset(row, 0), values, 0, values.length);
      return values;
    }
    for (int k = 0; k < values.length; k++) {
      values[k] = matrix.memory().get(JAVA_FLOAT, matrix.byteOffset(row, k));
    }
    return values;
  }

  /** Computes some columns of row i of C, and of the next one where there is one. */
  private static void pair(
      Matrix c,
      Matrix init,
      Matrix a,
      float[][] rowsOfB,
      int i,
      boolean two,
      int column,
      Epilogue epilogue) {
    int columns = Math.min(COLUMNS, c.columns() - column);
    float[] a0 = line(a, i);
    float[] a1 = two ? line(a, i + 1) : a0;
    float[] chains0 = new float[columns];
    float[] chains1 = new float[columns];
    init.load(chains0, columns, i, column, 1, columns);
    if (two) {
      init.load(chains1, columns, i + 1, column, 1, columns);
    }
    PlainChains.advance(chains0, chains1, a0, a1, rowsOfB);
    epilogue.finish(chains0, columns, c, i, 1, column, columns);
    if (two) {
      epilogue.finish(chains1, columns, c, i + 1, 1, column, columns);
    }
  }
}
