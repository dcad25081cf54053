package io.github.deit4j.cpu.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.Workers;

/** {@link Gemm} as specified. */
public final class ScalarGemm implements Gemm {
  @Override
  public void multiply(
      Workers workers, Matrix c, Matrix init, Matrix a, Matrix b, Epilogue epilogue) {
    workers.run(
        c.rows(),
        (i, scratch) -> {
          float[] row = row(i, init, a, b);
          epilogue.finish(row, row.length, c, i, 1, 0, row.length);
        });
  }

  private static float[] row(int i, Matrix init, Matrix a, Matrix b) {
    float[] row = new float[b.columns()];
    for (int j = 0; j < row.length; j++) {
      float chain = init.memory().get(JAVA_FLOAT, init.byteOffset(i, j));
      for (int k = 0; k < a.columns(); k++) {
        chain =
            Math.fma(
                a.memory().get(JAVA_FLOAT, a.byteOffset(i, k)),
                b.memory().get(JAVA_FLOAT, b.byteOffset(k, j)),
                chain);
      }
      row[j] = chain;
    }
    return row;
  }
}
