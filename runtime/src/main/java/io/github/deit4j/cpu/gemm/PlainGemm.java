package io.github.deit4j.cpu.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Workers;
import java.lang.foreign.MemorySegment;

/**
 * {@link Gemm} in plain loops over arrays, of which C2 makes vectors of whatever width there is:
 * for machines and JVMs that have nothing for {@link VectorGemm}, and for the first second of a
 * JVM. The loops are bearable in the interpreter and compiled within some 20 ms; micro-kernels take
 * C2 ten times as long, and are a thousand times slower until then.
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
    continueChains(chains0, chains1, a0, a1, rowsOfB);
    epilogue.finish(chains0, columns, c, i, 1, column, columns);
    if (two) {
      epilogue.finish(chains1, columns, c, i + 1, 1, column, columns);
    }
  }

  private static void continueChains(
      float[] chains0, float[] chains1, float[] a0, float[] a1, float[][] rowsOfB) {
    int k = 0;
    for (; k + 4 <= rowsOfB.length; k += 4) {
      continueBy4(
          chains0, chains1, a0, a1, k, rowsOfB[k], rowsOfB[k + 1], rowsOfB[k + 2], rowsOfB[k + 3]);
    }
    for (; k < rowsOfB.length; k++) {
      continueBy1(chains0, chains1, a0[k], a1[k], rowsOfB[k]);
    }
  }

  // Every array has the same index: C2 proves no more than that to be independent.
  private static void continueBy4(
      float[] chains0,
      float[] chains1,
      float[] a0,
      float[] a1,
      int k,
      float[] b0,
      float[] b1,
      float[] b2,
      float[] b3) {
    float p0 = a0[k];
    float p1 = a0[k + 1];
    float p2 = a0[k + 2];
    float p3 = a0[k + 3];
    float q0 = a1[k];
    float q1 = a1[k + 1];
    float q2 = a1[k + 2];
    float q3 = a1[k + 3];
    for (int j = 0; j < chains0.length; j++) {
      float x0 = b0[j];
      float x1 = b1[j];
      float x2 = b2[j];
      float x3 = b3[j];
      float chain0 = Math.fma(p1, x1, Math.fma(p0, x0, chains0[j]));
      float chain1 = Math.fma(q1, x1, Math.fma(q0, x0, chains1[j]));
      chains0[j] = Math.fma(p3, x3, Math.fma(p2, x2, chain0));
      chains1[j] = Math.fma(q3, x3, Math.fma(q2, x2, chain1));
    }
  }

  private static void continueBy1(float[] chains0, float[] chains1, float p, float q, float[] b) {
    for (int j = 0; j < chains0.length; j++) {
      chains0[j] = Math.fma(p, b[j], chains0[j]);
      chains1[j] = Math.fma(q, b[j], chains1[j]);
    }
  }
}
