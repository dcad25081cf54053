package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.Tiles.LANES;
import static io.github.deit4j.cpu.kernel.Tiles.SPECIES;
import static io.github.deit4j.cpu.kernel.Tiles.WIDTH;

import jdk.incubator.vector.FloatVector;

/**
 * The micro-kernels: each continues the chains of a tile of some rows by some vectors over {@code
 * depth} values of k.
 *
 * <p>Both factors are packed in panels: column k of A stands from {@code ao + k·WIDTH}, row k of B
 * from {@code bo + k·WIDTH}. The chains of tile row i begin with the numbers from {@code start[so +
 * i·ss]}, and end in {@code out[oo + i·os]}.
 *
 * <p>What limits them beside the multiply-adds is the number of instructions, the more so where a
 * core is shared with another thread. So both factors have the same stride, the loop counts the
 * index of B, A's differs by a constant, and C2 checks neither in the loop. Each kernel fits the
 * registers: C2 loads several numbers of A before their first use, and with six rows by two vectors
 * on 16 registers it spilled, as it does whenever two values of k are written out.
 */
final class MicroKernels {
  private MicroKernels() {}

  /** For 32 registers. */
  static void fourByFour(
      int depth,
      float[] a,
      int ao,
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
    int toLeft = ao - bo;
    int end = bo + depth * WIDTH;
    for (int right = bo; right < end; right += WIDTH) {
      int left = right + toLeft;
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, right);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, right + LANES);
      FloatVector b2 = FloatVector.fromArray(SPECIES, b, right + 2 * LANES);
      FloatVector b3 = FloatVector.fromArray(SPECIES, b, right + 3 * LANES);
      FloatVector x = FloatVector.broadcast(SPECIES, a[left]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      c02 = x.fma(b2, c02);
      c03 = x.fma(b3, c03);
      x = FloatVector.broadcast(SPECIES, a[left + 1]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      c12 = x.fma(b2, c12);
      c13 = x.fma(b3, c13);
      x = FloatVector.broadcast(SPECIES, a[left + 2]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      c22 = x.fma(b2, c22);
      c23 = x.fma(b3, c23);
      x = FloatVector.broadcast(SPECIES, a[left + 3]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      c32 = x.fma(b2, c32);
      c33 = x.fma(b3, c33);
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

  /** For 32 registers and few columns: four chains would wait for each other. */
  static void eightByOne(
      int depth,
      float[] a,
      int ao,
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
    int toLeft = ao - bo;
    int end = bo + depth * WIDTH;
    for (int right = bo; right < end; right += WIDTH) {
      int left = right + toLeft;
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, right);
      FloatVector x = FloatVector.broadcast(SPECIES, a[left]);
      c00 = x.fma(b0, c00);
      x = FloatVector.broadcast(SPECIES, a[left + 1]);
      c10 = x.fma(b0, c10);
      x = FloatVector.broadcast(SPECIES, a[left + 2]);
      c20 = x.fma(b0, c20);
      x = FloatVector.broadcast(SPECIES, a[left + 3]);
      c30 = x.fma(b0, c30);
      x = FloatVector.broadcast(SPECIES, a[left + 4]);
      c40 = x.fma(b0, c40);
      x = FloatVector.broadcast(SPECIES, a[left + 5]);
      c50 = x.fma(b0, c50);
      x = FloatVector.broadcast(SPECIES, a[left + 6]);
      c60 = x.fma(b0, c60);
      x = FloatVector.broadcast(SPECIES, a[left + 7]);
      c70 = x.fma(b0, c70);
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

  /** For 16 registers. */
  static void fiveByTwo(
      int depth,
      float[] a,
      int ao,
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
    int toLeft = ao - bo;
    int end = bo + depth * WIDTH;
    for (int right = bo; right < end; right += WIDTH) {
      int left = right + toLeft;
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, right);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, right + LANES);
      FloatVector x = FloatVector.broadcast(SPECIES, a[left]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(SPECIES, a[left + 1]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(SPECIES, a[left + 2]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(SPECIES, a[left + 3]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      x = FloatVector.broadcast(SPECIES, a[left + 4]);
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
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
  }

  /** For 16 registers and few columns. */
  static void tenByOne(
      int depth,
      float[] a,
      int ao,
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
    FloatVector c80 = FloatVector.fromArray(SPECIES, start, so + 8 * ss);
    FloatVector c90 = FloatVector.fromArray(SPECIES, start, so + 9 * ss);
    int toLeft = ao - bo;
    int end = bo + depth * WIDTH;
    for (int right = bo; right < end; right += WIDTH) {
      int left = right + toLeft;
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, right);
      FloatVector x = FloatVector.broadcast(SPECIES, a[left]);
      c00 = x.fma(b0, c00);
      x = FloatVector.broadcast(SPECIES, a[left + 1]);
      c10 = x.fma(b0, c10);
      x = FloatVector.broadcast(SPECIES, a[left + 2]);
      c20 = x.fma(b0, c20);
      x = FloatVector.broadcast(SPECIES, a[left + 3]);
      c30 = x.fma(b0, c30);
      x = FloatVector.broadcast(SPECIES, a[left + 4]);
      c40 = x.fma(b0, c40);
      x = FloatVector.broadcast(SPECIES, a[left + 5]);
      c50 = x.fma(b0, c50);
      x = FloatVector.broadcast(SPECIES, a[left + 6]);
      c60 = x.fma(b0, c60);
      x = FloatVector.broadcast(SPECIES, a[left + 7]);
      c70 = x.fma(b0, c70);
      x = FloatVector.broadcast(SPECIES, a[left + 8]);
      c80 = x.fma(b0, c80);
      x = FloatVector.broadcast(SPECIES, a[left + 9]);
      c90 = x.fma(b0, c90);
    }
    c00.intoArray(out, oo);
    c10.intoArray(out, oo + os);
    c20.intoArray(out, oo + 2 * os);
    c30.intoArray(out, oo + 3 * os);
    c40.intoArray(out, oo + 4 * os);
    c50.intoArray(out, oo + 5 * os);
    c60.intoArray(out, oo + 6 * os);
    c70.intoArray(out, oo + 7 * os);
    c80.intoArray(out, oo + 8 * os);
    c90.intoArray(out, oo + 9 * os);
  }

  /** For 16 registers, few columns and the last rows. */
  static void fiveByOne(
      int depth,
      float[] a,
      int ao,
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
    int toLeft = ao - bo;
    int end = bo + depth * WIDTH;
    for (int right = bo; right < end; right += WIDTH) {
      int left = right + toLeft;
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, right);
      FloatVector x = FloatVector.broadcast(SPECIES, a[left]);
      c00 = x.fma(b0, c00);
      x = FloatVector.broadcast(SPECIES, a[left + 1]);
      c10 = x.fma(b0, c10);
      x = FloatVector.broadcast(SPECIES, a[left + 2]);
      c20 = x.fma(b0, c20);
      x = FloatVector.broadcast(SPECIES, a[left + 3]);
      c30 = x.fma(b0, c30);
      x = FloatVector.broadcast(SPECIES, a[left + 4]);
      c40 = x.fma(b0, c40);
    }
    c00.intoArray(out, oo);
    c10.intoArray(out, oo + os);
    c20.intoArray(out, oo + 2 * os);
    c30.intoArray(out, oo + 3 * os);
    c40.intoArray(out, oo + 4 * os);
  }
}
