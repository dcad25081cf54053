package io.github.deit4j.cpu.gemm;

/**
 * Many chains of fused multiply-adds at once, in loops of which C2 makes vectors of whatever width
 * there is: the arithmetic of the plain kernels.
 */
public final class PlainChains {
  private PlainChains() {}

  /**
   * Continues two rows of chains: {@code chains0[j]} by {@code a0[k]·b[k][j]} for every k, in
   * order, and {@code chains1[j]} by {@code a1[k]·b[k][j]}. Two, since both read b.
   *
   * @param chains0 as many numbers as each row of b has
   * @param chains1 another array of as many
   * @param a0 a number for each row of b
   * @param a1 a number for each row of b
   * @param b rows of one length
   */
  public static void advance(
      float[] chains0, float[] chains1, float[] a0, float[] a1, float[][] b) {
    int k = 0;
    for (; k + 4 <= b.length; k += 4) {
      by4(chains0, chains1, a0, a1, k, b[k], b[k + 1], b[k + 2], b[k + 3]);
    }
    for (; k < b.length; k++) {
      by1(chains0, chains1, a0[k], a1[k], b[k]);
    }
  }

  // Every array has the same index: C2 proves no more than that to be independent.
  private static void by4(
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

  private static void by1(float[] chains0, float[] chains1, float p, float q, float[] b) {
    for (int j = 0; j < chains0.length; j++) {
      chains0[j] = Math.fma(p, b[j], chains0[j]);
      chains1[j] = Math.fma(q, b[j], chains1[j]);
    }
  }
}
