package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.gemm.Tiles.LANES;
import static io.github.deit4j.cpu.gemm.Tiles.SPECIES;
import static io.github.deit4j.cpu.gemm.Tiles.TYPE;
import static io.github.deit4j.cpu.gemm.Tiles.WIDTH;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * The micro-kernels for 32 vector registers: twelve rows by two vectors, which takes 27 of them.
 * All else is as in {@link MicroKernels16}, but there are registers to spare for what C2 loads
 * ahead, and so no fences and one k a turn.
 */
final class MicroKernels32 {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STRIDE = Tiles.LEFT_STRIDE;
  private static final int ROW = Tiles.ROW_STRIDE;

  private MicroKernels32() {}

  /**
   * Multiplies two tiles of a panel of A; in place. Loads and stores are written out for six of the
   * twelve rows, in loops of two turns that move the other six along: C1 would give all of them up,
   * and C2 unrolls the loops.
   *
   * @param co where the first tile stands, in bytes
   * @param stride from one row of C to the next, in bytes
   */
  static void twelveByTwo(
      int columns,
      int depth,
      float[] a,
      int ao,
      float[] b,
      int bo,
      MemorySegment memory,
      long co,
      long stride) {
    MemorySegment c = Matrix.NATIVE.cast(memory);
    int panel = depth * WIDTH;
    int toRight = bo;
    long to = co;
    for (int at = 0; at < columns; at += WIDTH) {
      FloatVector c00 = FloatVector.zero(SPECIES);
      FloatVector c01 = FloatVector.zero(SPECIES);
      FloatVector c10 = FloatVector.zero(SPECIES);
      FloatVector c11 = FloatVector.zero(SPECIES);
      FloatVector c20 = FloatVector.zero(SPECIES);
      FloatVector c21 = FloatVector.zero(SPECIES);
      FloatVector c30 = FloatVector.zero(SPECIES);
      FloatVector c31 = FloatVector.zero(SPECIES);
      FloatVector c40 = FloatVector.zero(SPECIES);
      FloatVector c41 = FloatVector.zero(SPECIES);
      FloatVector c50 = FloatVector.zero(SPECIES);
      FloatVector c51 = FloatVector.zero(SPECIES);
      FloatVector c60 = c00;
      FloatVector c61 = c01;
      FloatVector c70 = c10;
      FloatVector c71 = c11;
      FloatVector c80 = c20;
      FloatVector c81 = c21;
      FloatVector c90 = c30;
      FloatVector c91 = c31;
      FloatVector ca0 = c40;
      FloatVector ca1 = c41;
      FloatVector cb0 = c50;
      FloatVector cb1 = c51;
      long row = to + 6 * stride;
      for (int half = 0; half < 2; half++) {
        c60 = c00;
        c61 = c01;
        c70 = c10;
        c71 = c11;
        c80 = c20;
        c81 = c21;
        c90 = c30;
        c91 = c31;
        ca0 = c40;
        ca1 = c41;
        cb0 = c50;
        cb1 = c51;
        c00 = FloatVector.fromMemorySegment(SPECIES, c, row, ORDER);
        c01 = FloatVector.fromMemorySegment(SPECIES, c, row + 4L * LANES, ORDER);
        c10 = FloatVector.fromMemorySegment(SPECIES, c, row + stride, ORDER);
        c11 = FloatVector.fromMemorySegment(SPECIES, c, row + stride + 4L * LANES, ORDER);
        c20 = FloatVector.fromMemorySegment(SPECIES, c, row + 2 * stride, ORDER);
        c21 = FloatVector.fromMemorySegment(SPECIES, c, row + 2 * stride + 4L * LANES, ORDER);
        c30 = FloatVector.fromMemorySegment(SPECIES, c, row + 3 * stride, ORDER);
        c31 = FloatVector.fromMemorySegment(SPECIES, c, row + 3 * stride + 4L * LANES, ORDER);
        c40 = FloatVector.fromMemorySegment(SPECIES, c, row + 4 * stride, ORDER);
        c41 = FloatVector.fromMemorySegment(SPECIES, c, row + 4 * stride + 4L * LANES, ORDER);
        c50 = FloatVector.fromMemorySegment(SPECIES, c, row + 5 * stride, ORDER);
        c51 = FloatVector.fromMemorySegment(SPECIES, c, row + 5 * stride + 4L * LANES, ORDER);
        row -= 6 * stride;
      }
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
      row = to;
      for (int half = 0; half < 2; half++) {
        ((FloatVector) TYPE.cast(c00)).intoMemorySegment(c, row, ORDER);
        ((FloatVector) TYPE.cast(c01)).intoMemorySegment(c, row + 4L * LANES, ORDER);
        ((FloatVector) TYPE.cast(c10)).intoMemorySegment(c, row + stride, ORDER);
        ((FloatVector) TYPE.cast(c11)).intoMemorySegment(c, row + stride + 4L * LANES, ORDER);
        ((FloatVector) TYPE.cast(c20)).intoMemorySegment(c, row + 2 * stride, ORDER);
        ((FloatVector) TYPE.cast(c21)).intoMemorySegment(c, row + 2 * stride + 4L * LANES, ORDER);
        ((FloatVector) TYPE.cast(c30)).intoMemorySegment(c, row + 3 * stride, ORDER);
        ((FloatVector) TYPE.cast(c31)).intoMemorySegment(c, row + 3 * stride + 4L * LANES, ORDER);
        ((FloatVector) TYPE.cast(c40)).intoMemorySegment(c, row + 4 * stride, ORDER);
        ((FloatVector) TYPE.cast(c41)).intoMemorySegment(c, row + 4 * stride + 4L * LANES, ORDER);
        ((FloatVector) TYPE.cast(c50)).intoMemorySegment(c, row + 5 * stride, ORDER);
        ((FloatVector) TYPE.cast(c51)).intoMemorySegment(c, row + 5 * stride + 4L * LANES, ORDER);
        c00 = c60;
        c01 = c61;
        c10 = c70;
        c11 = c71;
        c20 = c80;
        c21 = c81;
        c30 = c90;
        c31 = c91;
        c40 = ca0;
        c41 = ca1;
        c50 = cb0;
        c51 = cb1;
        row += 6 * stride;
      }
      to += 4L * WIDTH;
      toRight += panel;
    }
  }

  /** Multiplies A in rows; to memory. */
  static void twelveRowsByTwo(
      int columns,
      int depth,
      float[] a,
      int ao,
      float[] b,
      int bo,
      float[] start,
      MemorySegment memory,
      long co,
      long stride) {
    MemorySegment c = Matrix.NATIVE.cast(memory);
    int end = ao + depth;
    int panel = depth * WIDTH;
    int toRight = bo - ao * WIDTH;
    long to = co;
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
      ((FloatVector) TYPE.cast(c00)).intoMemorySegment(c, to, ORDER);
      ((FloatVector) TYPE.cast(c01)).intoMemorySegment(c, to + 4L * LANES, ORDER);
      ((FloatVector) TYPE.cast(c10)).intoMemorySegment(c, to + stride, ORDER);
      ((FloatVector) TYPE.cast(c11)).intoMemorySegment(c, to + stride + 4L * LANES, ORDER);
      ((FloatVector) TYPE.cast(c20)).intoMemorySegment(c, to + 2 * stride, ORDER);
      ((FloatVector) TYPE.cast(c21)).intoMemorySegment(c, to + 2 * stride + 4L * LANES, ORDER);
      ((FloatVector) TYPE.cast(c30)).intoMemorySegment(c, to + 3 * stride, ORDER);
      ((FloatVector) TYPE.cast(c31)).intoMemorySegment(c, to + 3 * stride + 4L * LANES, ORDER);
      ((FloatVector) TYPE.cast(c40)).intoMemorySegment(c, to + 4 * stride, ORDER);
      ((FloatVector) TYPE.cast(c41)).intoMemorySegment(c, to + 4 * stride + 4L * LANES, ORDER);
      ((FloatVector) TYPE.cast(c50)).intoMemorySegment(c, to + 5 * stride, ORDER);
      ((FloatVector) TYPE.cast(c51)).intoMemorySegment(c, to + 5 * stride + 4L * LANES, ORDER);
      ((FloatVector) TYPE.cast(c60)).intoMemorySegment(c, to + 6 * stride, ORDER);
      ((FloatVector) TYPE.cast(c61)).intoMemorySegment(c, to + 6 * stride + 4L * LANES, ORDER);
      ((FloatVector) TYPE.cast(c70)).intoMemorySegment(c, to + 7 * stride, ORDER);
      ((FloatVector) TYPE.cast(c71)).intoMemorySegment(c, to + 7 * stride + 4L * LANES, ORDER);
      ((FloatVector) TYPE.cast(c80)).intoMemorySegment(c, to + 8 * stride, ORDER);
      ((FloatVector) TYPE.cast(c81)).intoMemorySegment(c, to + 8 * stride + 4L * LANES, ORDER);
      ((FloatVector) TYPE.cast(c90)).intoMemorySegment(c, to + 9 * stride, ORDER);
      ((FloatVector) TYPE.cast(c91)).intoMemorySegment(c, to + 9 * stride + 4L * LANES, ORDER);
      ((FloatVector) TYPE.cast(ca0)).intoMemorySegment(c, to + 10 * stride, ORDER);
      ((FloatVector) TYPE.cast(ca1)).intoMemorySegment(c, to + 10 * stride + 4L * LANES, ORDER);
      ((FloatVector) TYPE.cast(cb0)).intoMemorySegment(c, to + 11 * stride, ORDER);
      ((FloatVector) TYPE.cast(cb1)).intoMemorySegment(c, to + 11 * stride + 4L * LANES, ORDER);
      to += 4L * WIDTH;
      toRight += panel;
    }
  }
}
