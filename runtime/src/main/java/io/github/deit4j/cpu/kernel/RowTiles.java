package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.Tiles.LANES;
import static io.github.deit4j.cpu.kernel.Tiles.SPECIES;
import static io.github.deit4j.cpu.kernel.Tiles.WIDTH;

import jdk.incubator.vector.FloatVector;

/**
 * The micro-kernels whose left factor is packed in rows: row i starts at {@code ao + i·depth}.
 *
 * <p>The right factor is packed in a panel: row k at {@code bo + k·WIDTH}. The chains of tile row i
 * begin with the numbers from {@code start[i·stride]}, and end in {@code tile}. Every stride over k
 * is a constant, else C2 checks each index in the loop.
 */
final class RowTiles {
  private RowTiles() {}

  static void fourByFour(
      int depth, float[] a, int ao, float[] b, int bo, float[] start, int stride, float[] tile) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, start, 0);
    FloatVector c01 = FloatVector.fromArray(SPECIES, start, LANES);
    FloatVector c02 = FloatVector.fromArray(SPECIES, start, 2 * LANES);
    FloatVector c03 = FloatVector.fromArray(SPECIES, start, 3 * LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, start, stride);
    FloatVector c11 = FloatVector.fromArray(SPECIES, start, stride + LANES);
    FloatVector c12 = FloatVector.fromArray(SPECIES, start, stride + 2 * LANES);
    FloatVector c13 = FloatVector.fromArray(SPECIES, start, stride + 3 * LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, start, 2 * stride);
    FloatVector c21 = FloatVector.fromArray(SPECIES, start, 2 * stride + LANES);
    FloatVector c22 = FloatVector.fromArray(SPECIES, start, 2 * stride + 2 * LANES);
    FloatVector c23 = FloatVector.fromArray(SPECIES, start, 2 * stride + 3 * LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, start, 3 * stride);
    FloatVector c31 = FloatVector.fromArray(SPECIES, start, 3 * stride + LANES);
    FloatVector c32 = FloatVector.fromArray(SPECIES, start, 3 * stride + 2 * LANES);
    FloatVector c33 = FloatVector.fromArray(SPECIES, start, 3 * stride + 3 * LANES);
    int a0 = ao;
    int a1 = a0 + depth;
    int a2 = a1 + depth;
    int a3 = a2 + depth;
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
    c00.intoArray(tile, 0);
    c01.intoArray(tile, LANES);
    c02.intoArray(tile, 2 * LANES);
    c03.intoArray(tile, 3 * LANES);
    c10.intoArray(tile, WIDTH);
    c11.intoArray(tile, WIDTH + LANES);
    c12.intoArray(tile, WIDTH + 2 * LANES);
    c13.intoArray(tile, WIDTH + 3 * LANES);
    c20.intoArray(tile, 2 * WIDTH);
    c21.intoArray(tile, 2 * WIDTH + LANES);
    c22.intoArray(tile, 2 * WIDTH + 2 * LANES);
    c23.intoArray(tile, 2 * WIDTH + 3 * LANES);
    c30.intoArray(tile, 3 * WIDTH);
    c31.intoArray(tile, 3 * WIDTH + LANES);
    c32.intoArray(tile, 3 * WIDTH + 2 * LANES);
    c33.intoArray(tile, 3 * WIDTH + 3 * LANES);
  }

  static void fourByTwo(
      int depth, float[] a, int ao, float[] b, int bo, float[] start, int stride, float[] tile) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, start, 0);
    FloatVector c01 = FloatVector.fromArray(SPECIES, start, LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, start, stride);
    FloatVector c11 = FloatVector.fromArray(SPECIES, start, stride + LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, start, 2 * stride);
    FloatVector c21 = FloatVector.fromArray(SPECIES, start, 2 * stride + LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, start, 3 * stride);
    FloatVector c31 = FloatVector.fromArray(SPECIES, start, 3 * stride + LANES);
    int a0 = ao;
    int a1 = a0 + depth;
    int a2 = a1 + depth;
    int a3 = a2 + depth;
    int right = bo;
    for (int k = 0; k < depth; k++) {
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
      right += WIDTH;
    }
    c00.intoArray(tile, 0);
    c01.intoArray(tile, LANES);
    c10.intoArray(tile, WIDTH);
    c11.intoArray(tile, WIDTH + LANES);
    c20.intoArray(tile, 2 * WIDTH);
    c21.intoArray(tile, 2 * WIDTH + LANES);
    c30.intoArray(tile, 3 * WIDTH);
    c31.intoArray(tile, 3 * WIDTH + LANES);
  }

  static void fourByOne(
      int depth,
      float[] a,
      int ao,
      float[] b,
      int bo,
      float[] start,
      int stride,
      float[] tile,
      int to) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, start, to);
    FloatVector c10 = FloatVector.fromArray(SPECIES, start, to + stride);
    FloatVector c20 = FloatVector.fromArray(SPECIES, start, to + 2 * stride);
    FloatVector c30 = FloatVector.fromArray(SPECIES, start, to + 3 * stride);
    int a0 = ao;
    int a1 = a0 + depth;
    int a2 = a1 + depth;
    int a3 = a2 + depth;
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
      right += WIDTH;
    }
    c00.intoArray(tile, to);
    c10.intoArray(tile, to + WIDTH);
    c20.intoArray(tile, to + 2 * WIDTH);
    c30.intoArray(tile, to + 3 * WIDTH);
  }
}
