package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.Tiles.LANES;
import static io.github.deit4j.cpu.kernel.Tiles.LEFT_WIDTH;
import static io.github.deit4j.cpu.kernel.Tiles.SPECIES;
import static io.github.deit4j.cpu.kernel.Tiles.WIDTH;

import jdk.incubator.vector.FloatVector;

/**
 * The micro-kernels whose left factor is packed in panels, as the rows of a transposed matrix come:
 * its column k starts at {@code ao + k·LEFT_WIDTH}. The rest is as in {@link RowTiles}.
 */
final class ColumnTiles {
  private ColumnTiles() {}

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
    int left = ao;
    int right = bo;
    for (int k = 0; k < depth; k++) {
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
      left += LEFT_WIDTH;
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
    int left = ao;
    int right = bo;
    for (int k = 0; k < depth; k++) {
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
      left += LEFT_WIDTH;
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

  /** Two indices, and none that the loop counts, for the reason given in {@link RowTiles}. */
  static void sixByTwo(
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
    FloatVector c50 = FloatVector.fromArray(SPECIES, start, so + 5 * ss);
    FloatVector c51 = FloatVector.fromArray(SPECIES, start, so + 5 * ss + LANES);
    int left = ao;
    int more = ao + 3;
    int end = bo + depth * WIDTH;
    for (int right = bo; right < end; right += WIDTH) {
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
      x = FloatVector.broadcast(SPECIES, a[more]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      x = FloatVector.broadcast(SPECIES, a[more + 1]);
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
      x = FloatVector.broadcast(SPECIES, a[more + 2]);
      c50 = x.fma(b0, c50);
      c51 = x.fma(b1, c51);
      left += LEFT_WIDTH;
      more += LEFT_WIDTH;
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
    int left = ao;
    int right = bo;
    for (int k = 0; k < depth; k++) {
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
      left += LEFT_WIDTH;
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
