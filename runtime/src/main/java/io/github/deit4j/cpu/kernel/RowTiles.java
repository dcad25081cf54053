package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.Tiles.LANES;
import static io.github.deit4j.cpu.kernel.Tiles.SPECIES;
import static io.github.deit4j.cpu.kernel.Tiles.WIDTH;

import jdk.incubator.vector.FloatVector;

/**
 * The micro-kernels whose left factor lies in rows: row i starts at {@code ao + i·lda}.
 *
 * <p>The right factor is packed in a panel: row k at {@code bo + k·WIDTH}. The chains of tile row i
 * begin with the numbers from {@code start[so + i·ss]}, and end in {@code out[oo + i·os]}. Every
 * stride over k is a constant, else C2 checks each index in the loop.
 */
final class RowTiles {
  private RowTiles() {}

  static void fourByFour(
      int depth,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      float[] start,
      int so,
      int ss,
      float[] out,
      int oo,
      int os) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, start, so);
    FloatVector c01 = FloatVector.fromArray(SPECIES, start, so + LANES);
    FloatVector c02 = FloatVector.fromArray(SPECIES, start, so + 2 * LANES);
    FloatVector c03 = FloatVector.fromArray(SPECIES, start, so + 3 * LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, start, so + ss);
    FloatVector c11 = FloatVector.fromArray(SPECIES, start, so + ss + LANES);
    FloatVector c12 = FloatVector.fromArray(SPECIES, start, so + ss + 2 * LANES);
    FloatVector c13 = FloatVector.fromArray(SPECIES, start, so + ss + 3 * LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, start, so + 2 * ss);
    FloatVector c21 = FloatVector.fromArray(SPECIES, start, so + 2 * ss + LANES);
    FloatVector c22 = FloatVector.fromArray(SPECIES, start, so + 2 * ss + 2 * LANES);
    FloatVector c23 = FloatVector.fromArray(SPECIES, start, so + 2 * ss + 3 * LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, start, so + 3 * ss);
    FloatVector c31 = FloatVector.fromArray(SPECIES, start, so + 3 * ss + LANES);
    FloatVector c32 = FloatVector.fromArray(SPECIES, start, so + 3 * ss + 2 * LANES);
    FloatVector c33 = FloatVector.fromArray(SPECIES, start, so + 3 * ss + 3 * LANES);
    int a0 = ao;
    int a1 = a0 + lda;
    int a2 = a1 + lda;
    int a3 = a2 + lda;
    int right = bo;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, right);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, right + LANES);
      FloatVector b2 = FloatVector.fromArray(SPECIES, b, right + 2 * LANES);
      FloatVector b3 = FloatVector.fromArray(SPECIES, b, right + 3 * LANES);
      FloatVector x = FloatVector.broadcast(SPECIES, a[a0 + k]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      c02 = x.fma(b2, c02);
      c03 = x.fma(b3, c03);
      x = FloatVector.broadcast(SPECIES, a[a1 + k]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      c12 = x.fma(b2, c12);
      c13 = x.fma(b3, c13);
      x = FloatVector.broadcast(SPECIES, a[a2 + k]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      c22 = x.fma(b2, c22);
      c23 = x.fma(b3, c23);
      x = FloatVector.broadcast(SPECIES, a[a3 + k]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      c32 = x.fma(b2, c32);
      c33 = x.fma(b3, c33);
      right += WIDTH;
    }
    c00.intoArray(out, oo);
    c01.intoArray(out, oo + LANES);
    c02.intoArray(out, oo + 2 * LANES);
    c03.intoArray(out, oo + 3 * LANES);
    c10.intoArray(out, oo + os);
    c11.intoArray(out, oo + os + LANES);
    c12.intoArray(out, oo + os + 2 * LANES);
    c13.intoArray(out, oo + os + 3 * LANES);
    c20.intoArray(out, oo + 2 * os);
    c21.intoArray(out, oo + 2 * os + LANES);
    c22.intoArray(out, oo + 2 * os + 2 * LANES);
    c23.intoArray(out, oo + 2 * os + 3 * LANES);
    c30.intoArray(out, oo + 3 * os);
    c31.intoArray(out, oo + 3 * os + LANES);
    c32.intoArray(out, oo + 3 * os + 2 * LANES);
    c33.intoArray(out, oo + 3 * os + 3 * LANES);
  }

  static void eightByOne(
      int depth,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      float[] start,
      int so,
      int ss,
      float[] out,
      int oo,
      int os) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, start, so);
    FloatVector c10 = FloatVector.fromArray(SPECIES, start, so + ss);
    FloatVector c20 = FloatVector.fromArray(SPECIES, start, so + 2 * ss);
    FloatVector c30 = FloatVector.fromArray(SPECIES, start, so + 3 * ss);
    FloatVector c40 = FloatVector.fromArray(SPECIES, start, so + 4 * ss);
    FloatVector c50 = FloatVector.fromArray(SPECIES, start, so + 5 * ss);
    FloatVector c60 = FloatVector.fromArray(SPECIES, start, so + 6 * ss);
    FloatVector c70 = FloatVector.fromArray(SPECIES, start, so + 7 * ss);
    int a0 = ao;
    int a1 = a0 + lda;
    int a2 = a1 + lda;
    int a3 = a2 + lda;
    int a4 = a3 + lda;
    int a5 = a4 + lda;
    int a6 = a5 + lda;
    int a7 = a6 + lda;
    int right = bo;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, right);
      FloatVector x = FloatVector.broadcast(SPECIES, a[a0 + k]);
      c00 = x.fma(b0, c00);
      x = FloatVector.broadcast(SPECIES, a[a1 + k]);
      c10 = x.fma(b0, c10);
      x = FloatVector.broadcast(SPECIES, a[a2 + k]);
      c20 = x.fma(b0, c20);
      x = FloatVector.broadcast(SPECIES, a[a3 + k]);
      c30 = x.fma(b0, c30);
      x = FloatVector.broadcast(SPECIES, a[a4 + k]);
      c40 = x.fma(b0, c40);
      x = FloatVector.broadcast(SPECIES, a[a5 + k]);
      c50 = x.fma(b0, c50);
      x = FloatVector.broadcast(SPECIES, a[a6 + k]);
      c60 = x.fma(b0, c60);
      x = FloatVector.broadcast(SPECIES, a[a7 + k]);
      c70 = x.fma(b0, c70);
      right += WIDTH;
    }
    c00.intoArray(out, oo);
    c10.intoArray(out, oo + os);
    c20.intoArray(out, oo + 2 * os);
    c30.intoArray(out, oo + 3 * os);
    c40.intoArray(out, oo + 4 * os);
    c50.intoArray(out, oo + 5 * os);
    c60.intoArray(out, oo + 6 * os);
    c70.intoArray(out, oo + 7 * os);
  }

  /**
   * The loop counts the offset in B, so that C2 checks the index of every row in the loop. It moves
   * no load over a check, and so does not load six numbers of A before their first use, for which
   * the registers would not suffice.
   */
  static void sixByTwo(
      int depth,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      float[] start,
      int so,
      int ss,
      float[] out,
      int oo,
      int os) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, start, so);
    FloatVector c01 = FloatVector.fromArray(SPECIES, start, so + LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, start, so + ss);
    FloatVector c11 = FloatVector.fromArray(SPECIES, start, so + ss + LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, start, so + 2 * ss);
    FloatVector c21 = FloatVector.fromArray(SPECIES, start, so + 2 * ss + LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, start, so + 3 * ss);
    FloatVector c31 = FloatVector.fromArray(SPECIES, start, so + 3 * ss + LANES);
    FloatVector c40 = FloatVector.fromArray(SPECIES, start, so + 4 * ss);
    FloatVector c41 = FloatVector.fromArray(SPECIES, start, so + 4 * ss + LANES);
    FloatVector c50 = FloatVector.fromArray(SPECIES, start, so + 5 * ss);
    FloatVector c51 = FloatVector.fromArray(SPECIES, start, so + 5 * ss + LANES);
    int a0 = ao;
    int a1 = a0 + lda;
    int a2 = a1 + lda;
    int a3 = a2 + lda;
    int a4 = a3 + lda;
    int a5 = a4 + lda;
    int k = 0;
    int end = bo + depth * WIDTH;
    for (int right = bo; right < end; right += WIDTH) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, right);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, right + LANES);
      FloatVector x = FloatVector.broadcast(SPECIES, a[a0 + k]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(SPECIES, a[a1 + k]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(SPECIES, a[a2 + k]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(SPECIES, a[a3 + k]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      x = FloatVector.broadcast(SPECIES, a[a4 + k]);
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
      x = FloatVector.broadcast(SPECIES, a[a5 + k]);
      c50 = x.fma(b0, c50);
      c51 = x.fma(b1, c51);
      k++;
    }
    c00.intoArray(out, oo);
    c01.intoArray(out, oo + LANES);
    c10.intoArray(out, oo + os);
    c11.intoArray(out, oo + os + LANES);
    c20.intoArray(out, oo + 2 * os);
    c21.intoArray(out, oo + 2 * os + LANES);
    c30.intoArray(out, oo + 3 * os);
    c31.intoArray(out, oo + 3 * os + LANES);
    c40.intoArray(out, oo + 4 * os);
    c41.intoArray(out, oo + 4 * os + LANES);
    c50.intoArray(out, oo + 5 * os);
    c51.intoArray(out, oo + 5 * os + LANES);
  }

  static void sixByOne(
      int depth,
      float[] a,
      int ao,
      int lda,
      float[] b,
      int bo,
      float[] start,
      int so,
      int ss,
      float[] out,
      int oo,
      int os) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, start, so);
    FloatVector c10 = FloatVector.fromArray(SPECIES, start, so + ss);
    FloatVector c20 = FloatVector.fromArray(SPECIES, start, so + 2 * ss);
    FloatVector c30 = FloatVector.fromArray(SPECIES, start, so + 3 * ss);
    FloatVector c40 = FloatVector.fromArray(SPECIES, start, so + 4 * ss);
    FloatVector c50 = FloatVector.fromArray(SPECIES, start, so + 5 * ss);
    int a0 = ao;
    int a1 = a0 + lda;
    int a2 = a1 + lda;
    int a3 = a2 + lda;
    int a4 = a3 + lda;
    int a5 = a4 + lda;
    int right = bo;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, right);
      FloatVector x = FloatVector.broadcast(SPECIES, a[a0 + k]);
      c00 = x.fma(b0, c00);
      x = FloatVector.broadcast(SPECIES, a[a1 + k]);
      c10 = x.fma(b0, c10);
      x = FloatVector.broadcast(SPECIES, a[a2 + k]);
      c20 = x.fma(b0, c20);
      x = FloatVector.broadcast(SPECIES, a[a3 + k]);
      c30 = x.fma(b0, c30);
      x = FloatVector.broadcast(SPECIES, a[a4 + k]);
      c40 = x.fma(b0, c40);
      x = FloatVector.broadcast(SPECIES, a[a5 + k]);
      c50 = x.fma(b0, c50);
      right += WIDTH;
    }
    c00.intoArray(out, oo);
    c10.intoArray(out, oo + os);
    c20.intoArray(out, oo + 2 * os);
    c30.intoArray(out, oo + 3 * os);
    c40.intoArray(out, oo + 4 * os);
    c50.intoArray(out, oo + 5 * os);
  }
}
