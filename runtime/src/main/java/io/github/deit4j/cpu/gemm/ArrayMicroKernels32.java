package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.gemm.Tiles.BLOCK;
import static io.github.deit4j.cpu.gemm.Tiles.LANES;
import static io.github.deit4j.cpu.gemm.Tiles.SPECIES;
import static io.github.deit4j.cpu.gemm.Tiles.TYPE;
import static io.github.deit4j.cpu.gemm.Tiles.WIDTH;

import jdk.incubator.vector.FloatVector;

/** As {@link MicroKernels32}, but to arrays. */
final class ArrayMicroKernels32 {
  private static final int STRIDE = Tiles.LEFT_STRIDE;
  private static final int ROW = Tiles.ROW_STRIDE;

  private ArrayMicroKernels32() {}

  /** Multiplies A in rows. */
  static void twelveRowsByTwo(
      int columns,
      int depth,
      float[] a,
      int ao,
      float[] b,
      int bo,
      float[] start,
      float[] c,
      int co,
      int stride) {
    int end = ao + depth;
    int panel = depth * WIDTH;
    int toRight = bo - ao * WIDTH;
    int to = co;
    for (int at = 0; at < columns; at += WIDTH) {
      FloatVector c00 = FloatVector.fromArray(SPECIES, start, at);
      FloatVector c01 = FloatVector.fromArray(SPECIES, start, at + LANES);
      FloatVector c10 = c00;
      FloatVector c11 = c01;
      FloatVector c20 = c00;
      FloatVector c21 = c01;
      FloatVector c30 = c00;
      FloatVector c31 = c01;
      FloatVector c40 = c00;
      FloatVector c41 = c01;
      FloatVector c50 = c00;
      FloatVector c51 = c01;
      FloatVector c60 = c00;
      FloatVector c61 = c01;
      FloatVector c70 = c00;
      FloatVector c71 = c01;
      FloatVector c80 = c00;
      FloatVector c81 = c01;
      FloatVector c90 = c00;
      FloatVector c91 = c01;
      FloatVector ca0 = c00;
      FloatVector ca1 = c01;
      FloatVector cb0 = c00;
      FloatVector cb1 = c01;
      for (int left = ao; left < end; left++) {
        int right = left * WIDTH + toRight;
        FloatVector b0 = FloatVector.fromArray(SPECIES, b, right);
        FloatVector b1 = FloatVector.fromArray(SPECIES, b, right + LANES);
        FloatVector x = FloatVector.broadcast(SPECIES, a[left]);
        c00 = x.fma(b0, c00);
        c01 = x.fma(b1, c01);
        x = FloatVector.broadcast(SPECIES, a[left + ROW]);
        c10 = x.fma(b0, c10);
        c11 = x.fma(b1, c11);
        x = FloatVector.broadcast(SPECIES, a[left + 2 * ROW]);
        c20 = x.fma(b0, c20);
        c21 = x.fma(b1, c21);
        x = FloatVector.broadcast(SPECIES, a[left + 3 * ROW]);
        c30 = x.fma(b0, c30);
        c31 = x.fma(b1, c31);
        x = FloatVector.broadcast(SPECIES, a[left + 4 * ROW]);
        c40 = x.fma(b0, c40);
        c41 = x.fma(b1, c41);
        x = FloatVector.broadcast(SPECIES, a[left + 5 * ROW]);
        c50 = x.fma(b0, c50);
        c51 = x.fma(b1, c51);
        x = FloatVector.broadcast(SPECIES, a[left + 6 * ROW]);
        c60 = x.fma(b0, c60);
        c61 = x.fma(b1, c61);
        x = FloatVector.broadcast(SPECIES, a[left + 7 * ROW]);
        c70 = x.fma(b0, c70);
        c71 = x.fma(b1, c71);
        x = FloatVector.broadcast(SPECIES, a[left + 8 * ROW]);
        c80 = x.fma(b0, c80);
        c81 = x.fma(b1, c81);
        x = FloatVector.broadcast(SPECIES, a[left + 9 * ROW]);
        c90 = x.fma(b0, c90);
        c91 = x.fma(b1, c91);
        x = FloatVector.broadcast(SPECIES, a[left + 10 * ROW]);
        ca0 = x.fma(b0, ca0);
        ca1 = x.fma(b1, ca1);
        x = FloatVector.broadcast(SPECIES, a[left + 11 * ROW]);
        cb0 = x.fma(b0, cb0);
        cb1 = x.fma(b1, cb1);
      }
      ((FloatVector) TYPE.cast(c00)).intoArray(c, to);
      ((FloatVector) TYPE.cast(c01)).intoArray(c, to + LANES);
      ((FloatVector) TYPE.cast(c10)).intoArray(c, to + stride);
      ((FloatVector) TYPE.cast(c11)).intoArray(c, to + stride + LANES);
      ((FloatVector) TYPE.cast(c20)).intoArray(c, to + 2 * stride);
      ((FloatVector) TYPE.cast(c21)).intoArray(c, to + 2 * stride + LANES);
      ((FloatVector) TYPE.cast(c30)).intoArray(c, to + 3 * stride);
      ((FloatVector) TYPE.cast(c31)).intoArray(c, to + 3 * stride + LANES);
      ((FloatVector) TYPE.cast(c40)).intoArray(c, to + 4 * stride);
      ((FloatVector) TYPE.cast(c41)).intoArray(c, to + 4 * stride + LANES);
      ((FloatVector) TYPE.cast(c50)).intoArray(c, to + 5 * stride);
      ((FloatVector) TYPE.cast(c51)).intoArray(c, to + 5 * stride + LANES);
      ((FloatVector) TYPE.cast(c60)).intoArray(c, to + 6 * stride);
      ((FloatVector) TYPE.cast(c61)).intoArray(c, to + 6 * stride + LANES);
      ((FloatVector) TYPE.cast(c70)).intoArray(c, to + 7 * stride);
      ((FloatVector) TYPE.cast(c71)).intoArray(c, to + 7 * stride + LANES);
      ((FloatVector) TYPE.cast(c80)).intoArray(c, to + 8 * stride);
      ((FloatVector) TYPE.cast(c81)).intoArray(c, to + 8 * stride + LANES);
      ((FloatVector) TYPE.cast(c90)).intoArray(c, to + 9 * stride);
      ((FloatVector) TYPE.cast(c91)).intoArray(c, to + 9 * stride + LANES);
      ((FloatVector) TYPE.cast(ca0)).intoArray(c, to + 10 * stride);
      ((FloatVector) TYPE.cast(ca1)).intoArray(c, to + 10 * stride + LANES);
      ((FloatVector) TYPE.cast(cb0)).intoArray(c, to + 11 * stride);
      ((FloatVector) TYPE.cast(cb1)).intoArray(c, to + 11 * stride + LANES);
      to += WIDTH;
      toRight += panel;
    }
  }

  /** Multiplies two tiles of a panel of A; a block in place. */
  static void twelveByTwo(
      int columns, int depth, float[] a, int ao, float[] b, int bo, float[] block, int from) {
    int panel = depth * WIDTH;
    int toRight = bo;
    int last = from + columns;
    for (int at = from; at < last; at += WIDTH) {
      FloatVector c00 = FloatVector.fromArray(SPECIES, block, at);
      FloatVector c01 = FloatVector.fromArray(SPECIES, block, at + LANES);
      FloatVector c10 = FloatVector.fromArray(SPECIES, block, at + BLOCK);
      FloatVector c11 = FloatVector.fromArray(SPECIES, block, at + BLOCK + LANES);
      FloatVector c20 = FloatVector.fromArray(SPECIES, block, at + 2 * BLOCK);
      FloatVector c21 = FloatVector.fromArray(SPECIES, block, at + 2 * BLOCK + LANES);
      FloatVector c30 = FloatVector.fromArray(SPECIES, block, at + 3 * BLOCK);
      FloatVector c31 = FloatVector.fromArray(SPECIES, block, at + 3 * BLOCK + LANES);
      FloatVector c40 = FloatVector.fromArray(SPECIES, block, at + 4 * BLOCK);
      FloatVector c41 = FloatVector.fromArray(SPECIES, block, at + 4 * BLOCK + LANES);
      FloatVector c50 = FloatVector.fromArray(SPECIES, block, at + 5 * BLOCK);
      FloatVector c51 = FloatVector.fromArray(SPECIES, block, at + 5 * BLOCK + LANES);
      FloatVector c60 = FloatVector.fromArray(SPECIES, block, at + 6 * BLOCK);
      FloatVector c61 = FloatVector.fromArray(SPECIES, block, at + 6 * BLOCK + LANES);
      FloatVector c70 = FloatVector.fromArray(SPECIES, block, at + 7 * BLOCK);
      FloatVector c71 = FloatVector.fromArray(SPECIES, block, at + 7 * BLOCK + LANES);
      FloatVector c80 = FloatVector.fromArray(SPECIES, block, at + 8 * BLOCK);
      FloatVector c81 = FloatVector.fromArray(SPECIES, block, at + 8 * BLOCK + LANES);
      FloatVector c90 = FloatVector.fromArray(SPECIES, block, at + 9 * BLOCK);
      FloatVector c91 = FloatVector.fromArray(SPECIES, block, at + 9 * BLOCK + LANES);
      FloatVector ca0 = FloatVector.fromArray(SPECIES, block, at + 10 * BLOCK);
      FloatVector ca1 = FloatVector.fromArray(SPECIES, block, at + 10 * BLOCK + LANES);
      FloatVector cb0 = FloatVector.fromArray(SPECIES, block, at + 11 * BLOCK);
      FloatVector cb1 = FloatVector.fromArray(SPECIES, block, at + 11 * BLOCK + LANES);
      for (int k = 0; k < depth; k++) {
        int left = ao + k * STRIDE;
        int right = toRight + k * WIDTH;
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
        x = FloatVector.broadcast(SPECIES, a[left + 5]);
        c50 = x.fma(b0, c50);
        c51 = x.fma(b1, c51);
        x = FloatVector.broadcast(SPECIES, a[left + 6]);
        c60 = x.fma(b0, c60);
        c61 = x.fma(b1, c61);
        x = FloatVector.broadcast(SPECIES, a[left + 7]);
        c70 = x.fma(b0, c70);
        c71 = x.fma(b1, c71);
        x = FloatVector.broadcast(SPECIES, a[left + 8]);
        c80 = x.fma(b0, c80);
        c81 = x.fma(b1, c81);
        x = FloatVector.broadcast(SPECIES, a[left + 9]);
        c90 = x.fma(b0, c90);
        c91 = x.fma(b1, c91);
        x = FloatVector.broadcast(SPECIES, a[left + 10]);
        ca0 = x.fma(b0, ca0);
        ca1 = x.fma(b1, ca1);
        x = FloatVector.broadcast(SPECIES, a[left + 11]);
        cb0 = x.fma(b0, cb0);
        cb1 = x.fma(b1, cb1);
      }
      ((FloatVector) TYPE.cast(c00)).intoArray(block, at);
      ((FloatVector) TYPE.cast(c01)).intoArray(block, at + LANES);
      ((FloatVector) TYPE.cast(c10)).intoArray(block, at + BLOCK);
      ((FloatVector) TYPE.cast(c11)).intoArray(block, at + BLOCK + LANES);
      ((FloatVector) TYPE.cast(c20)).intoArray(block, at + 2 * BLOCK);
      ((FloatVector) TYPE.cast(c21)).intoArray(block, at + 2 * BLOCK + LANES);
      ((FloatVector) TYPE.cast(c30)).intoArray(block, at + 3 * BLOCK);
      ((FloatVector) TYPE.cast(c31)).intoArray(block, at + 3 * BLOCK + LANES);
      ((FloatVector) TYPE.cast(c40)).intoArray(block, at + 4 * BLOCK);
      ((FloatVector) TYPE.cast(c41)).intoArray(block, at + 4 * BLOCK + LANES);
      ((FloatVector) TYPE.cast(c50)).intoArray(block, at + 5 * BLOCK);
      ((FloatVector) TYPE.cast(c51)).intoArray(block, at + 5 * BLOCK + LANES);
      ((FloatVector) TYPE.cast(c60)).intoArray(block, at + 6 * BLOCK);
      ((FloatVector) TYPE.cast(c61)).intoArray(block, at + 6 * BLOCK + LANES);
      ((FloatVector) TYPE.cast(c70)).intoArray(block, at + 7 * BLOCK);
      ((FloatVector) TYPE.cast(c71)).intoArray(block, at + 7 * BLOCK + LANES);
      ((FloatVector) TYPE.cast(c80)).intoArray(block, at + 8 * BLOCK);
      ((FloatVector) TYPE.cast(c81)).intoArray(block, at + 8 * BLOCK + LANES);
      ((FloatVector) TYPE.cast(c90)).intoArray(block, at + 9 * BLOCK);
      ((FloatVector) TYPE.cast(c91)).intoArray(block, at + 9 * BLOCK + LANES);
      ((FloatVector) TYPE.cast(ca0)).intoArray(block, at + 10 * BLOCK);
      ((FloatVector) TYPE.cast(ca1)).intoArray(block, at + 10 * BLOCK + LANES);
      ((FloatVector) TYPE.cast(cb0)).intoArray(block, at + 11 * BLOCK);
      ((FloatVector) TYPE.cast(cb1)).intoArray(block, at + 11 * BLOCK + LANES);
      toRight += panel;
    }
  }
}
