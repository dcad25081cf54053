// Written by MicroKernelGenerator, where the command is. Not to be edited.
package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.core.VectorMath.*;
import static io.github.deit4j.cpu.gemm.Tiles.*;
import static java.lang.invoke.VarHandle.acquireFence;
import static jdk.incubator.vector.FloatVector.*;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * The micro-kernels for 32 vector registers. Each continues the chains of a tile, 12 rows by two
 * vectors of C, then of those beside it: as many as {@code columns}, a multiple of WIDTH, has.
 * {@link Tiles} says where the numbers stand, and why the kernels are written like this.
 */
final class MicroKernels32 {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private MicroKernels32() {}

  static void rowsToMemory(
      int columns, int depth, float[] a, int ao, float[] b, int bo,
      float[] start, MemorySegment memory, long co, long stride) {
    MemorySegment c = NATIVE.cast(memory);
    int end = ao + depth;
    int panel = depth * WIDTH;
    int toB = bo - ao * WIDTH;
    long to = co;
    for (int at = 0; at < columns; at += WIDTH) {
      FloatVector c00 = fromArray(WIDE, start, at);
      FloatVector c01 = fromArray(WIDE, start, at + LANES);
      FloatVector c10 = c00, c11 = c01;
      FloatVector c20 = c00, c21 = c01;
      FloatVector c30 = c00, c31 = c01;
      FloatVector c40 = c00, c41 = c01;
      FloatVector c50 = c00, c51 = c01;
      FloatVector c60 = c00, c61 = c01;
      FloatVector c70 = c00, c71 = c01;
      FloatVector c80 = c00, c81 = c01;
      FloatVector c90 = c00, c91 = c01;
      FloatVector ca0 = c00, ca1 = c01;
      FloatVector cb0 = c00, cb1 = c01;
      for (int ka = ao; ka < end; ka++) {
        int kb = ka * WIDTH + toB;
        FloatVector b0 = fromArray(WIDE, b, kb);
        FloatVector b1 = fromArray(WIDE, b, kb + LANES);
        FloatVector x = broadcast(WIDE, a[ka]); c00 = x.fma(b0, c00); c01 = x.fma(b1, c01);
        x = broadcast(WIDE, a[ka + ROW_STRIDE]); c10 = x.fma(b0, c10); c11 = x.fma(b1, c11);
        x = broadcast(WIDE, a[ka + 2 * ROW_STRIDE]); c20 = x.fma(b0, c20); c21 = x.fma(b1, c21);
        x = broadcast(WIDE, a[ka + 3 * ROW_STRIDE]); c30 = x.fma(b0, c30); c31 = x.fma(b1, c31);
        x = broadcast(WIDE, a[ka + 4 * ROW_STRIDE]); c40 = x.fma(b0, c40); c41 = x.fma(b1, c41);
        x = broadcast(WIDE, a[ka + 5 * ROW_STRIDE]); c50 = x.fma(b0, c50); c51 = x.fma(b1, c51);
        x = broadcast(WIDE, a[ka + 6 * ROW_STRIDE]); c60 = x.fma(b0, c60); c61 = x.fma(b1, c61);
        x = broadcast(WIDE, a[ka + 7 * ROW_STRIDE]); c70 = x.fma(b0, c70); c71 = x.fma(b1, c71);
        x = broadcast(WIDE, a[ka + 8 * ROW_STRIDE]); c80 = x.fma(b0, c80); c81 = x.fma(b1, c81);
        x = broadcast(WIDE, a[ka + 9 * ROW_STRIDE]); c90 = x.fma(b0, c90); c91 = x.fma(b1, c91);
        x = broadcast(WIDE, a[ka + 10 * ROW_STRIDE]); ca0 = x.fma(b0, ca0); ca1 = x.fma(b1, ca1);
        x = broadcast(WIDE, a[ka + 11 * ROW_STRIDE]); cb0 = x.fma(b0, cb0); cb1 = x.fma(b1, cb1);
      }
      ((FloatVector) WIDE_TYPE.cast(c00)).intoMemorySegment(c, to, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c01)).intoMemorySegment(c, to + 4L * LANES, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c10)).intoMemorySegment(c, to + stride, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c11)).intoMemorySegment(c, to + stride + 4L * LANES, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c20)).intoMemorySegment(c, to + 2 * stride, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c21)).intoMemorySegment(c, to + 2 * stride + 4L * LANES, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c30)).intoMemorySegment(c, to + 3 * stride, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c31)).intoMemorySegment(c, to + 3 * stride + 4L * LANES, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c40)).intoMemorySegment(c, to + 4 * stride, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c41)).intoMemorySegment(c, to + 4 * stride + 4L * LANES, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c50)).intoMemorySegment(c, to + 5 * stride, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c51)).intoMemorySegment(c, to + 5 * stride + 4L * LANES, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c60)).intoMemorySegment(c, to + 6 * stride, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c61)).intoMemorySegment(c, to + 6 * stride + 4L * LANES, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c70)).intoMemorySegment(c, to + 7 * stride, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c71)).intoMemorySegment(c, to + 7 * stride + 4L * LANES, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c80)).intoMemorySegment(c, to + 8 * stride, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c81)).intoMemorySegment(c, to + 8 * stride + 4L * LANES, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c90)).intoMemorySegment(c, to + 9 * stride, ORDER);
      ((FloatVector) WIDE_TYPE.cast(c91)).intoMemorySegment(c, to + 9 * stride + 4L * LANES, ORDER);
      ((FloatVector) WIDE_TYPE.cast(ca0)).intoMemorySegment(c, to + 10 * stride, ORDER);
      ((FloatVector) WIDE_TYPE.cast(ca1)).intoMemorySegment(c, to + 10 * stride + 4L * LANES, ORDER);
      ((FloatVector) WIDE_TYPE.cast(cb0)).intoMemorySegment(c, to + 11 * stride, ORDER);
      ((FloatVector) WIDE_TYPE.cast(cb1)).intoMemorySegment(c, to + 11 * stride + 4L * LANES, ORDER);
      to += 4L * WIDTH;
      toB += panel;
    }
  }

  static void rowsToArray(
      int columns, int depth, float[] a, int ao, float[] b, int bo,
      float[] start, float[] c, int co, int stride) {
    int end = ao + depth;
    int panel = depth * WIDTH;
    int toB = bo - ao * WIDTH;
    int to = co;
    for (int at = 0; at < columns; at += WIDTH) {
      FloatVector c00 = fromArray(WIDE, start, at);
      FloatVector c01 = fromArray(WIDE, start, at + LANES);
      FloatVector c10 = c00, c11 = c01;
      FloatVector c20 = c00, c21 = c01;
      FloatVector c30 = c00, c31 = c01;
      FloatVector c40 = c00, c41 = c01;
      FloatVector c50 = c00, c51 = c01;
      FloatVector c60 = c00, c61 = c01;
      FloatVector c70 = c00, c71 = c01;
      FloatVector c80 = c00, c81 = c01;
      FloatVector c90 = c00, c91 = c01;
      FloatVector ca0 = c00, ca1 = c01;
      FloatVector cb0 = c00, cb1 = c01;
      for (int ka = ao; ka < end; ka++) {
        int kb = ka * WIDTH + toB;
        FloatVector b0 = fromArray(WIDE, b, kb);
        FloatVector b1 = fromArray(WIDE, b, kb + LANES);
        FloatVector x = broadcast(WIDE, a[ka]); c00 = x.fma(b0, c00); c01 = x.fma(b1, c01);
        x = broadcast(WIDE, a[ka + ROW_STRIDE]); c10 = x.fma(b0, c10); c11 = x.fma(b1, c11);
        x = broadcast(WIDE, a[ka + 2 * ROW_STRIDE]); c20 = x.fma(b0, c20); c21 = x.fma(b1, c21);
        x = broadcast(WIDE, a[ka + 3 * ROW_STRIDE]); c30 = x.fma(b0, c30); c31 = x.fma(b1, c31);
        x = broadcast(WIDE, a[ka + 4 * ROW_STRIDE]); c40 = x.fma(b0, c40); c41 = x.fma(b1, c41);
        x = broadcast(WIDE, a[ka + 5 * ROW_STRIDE]); c50 = x.fma(b0, c50); c51 = x.fma(b1, c51);
        x = broadcast(WIDE, a[ka + 6 * ROW_STRIDE]); c60 = x.fma(b0, c60); c61 = x.fma(b1, c61);
        x = broadcast(WIDE, a[ka + 7 * ROW_STRIDE]); c70 = x.fma(b0, c70); c71 = x.fma(b1, c71);
        x = broadcast(WIDE, a[ka + 8 * ROW_STRIDE]); c80 = x.fma(b0, c80); c81 = x.fma(b1, c81);
        x = broadcast(WIDE, a[ka + 9 * ROW_STRIDE]); c90 = x.fma(b0, c90); c91 = x.fma(b1, c91);
        x = broadcast(WIDE, a[ka + 10 * ROW_STRIDE]); ca0 = x.fma(b0, ca0); ca1 = x.fma(b1, ca1);
        x = broadcast(WIDE, a[ka + 11 * ROW_STRIDE]); cb0 = x.fma(b0, cb0); cb1 = x.fma(b1, cb1);
      }
      ((FloatVector) WIDE_TYPE.cast(c00)).intoArray(c, to);
      ((FloatVector) WIDE_TYPE.cast(c01)).intoArray(c, to + LANES);
      ((FloatVector) WIDE_TYPE.cast(c10)).intoArray(c, to + stride);
      ((FloatVector) WIDE_TYPE.cast(c11)).intoArray(c, to + stride + LANES);
      ((FloatVector) WIDE_TYPE.cast(c20)).intoArray(c, to + 2 * stride);
      ((FloatVector) WIDE_TYPE.cast(c21)).intoArray(c, to + 2 * stride + LANES);
      ((FloatVector) WIDE_TYPE.cast(c30)).intoArray(c, to + 3 * stride);
      ((FloatVector) WIDE_TYPE.cast(c31)).intoArray(c, to + 3 * stride + LANES);
      ((FloatVector) WIDE_TYPE.cast(c40)).intoArray(c, to + 4 * stride);
      ((FloatVector) WIDE_TYPE.cast(c41)).intoArray(c, to + 4 * stride + LANES);
      ((FloatVector) WIDE_TYPE.cast(c50)).intoArray(c, to + 5 * stride);
      ((FloatVector) WIDE_TYPE.cast(c51)).intoArray(c, to + 5 * stride + LANES);
      ((FloatVector) WIDE_TYPE.cast(c60)).intoArray(c, to + 6 * stride);
      ((FloatVector) WIDE_TYPE.cast(c61)).intoArray(c, to + 6 * stride + LANES);
      ((FloatVector) WIDE_TYPE.cast(c70)).intoArray(c, to + 7 * stride);
      ((FloatVector) WIDE_TYPE.cast(c71)).intoArray(c, to + 7 * stride + LANES);
      ((FloatVector) WIDE_TYPE.cast(c80)).intoArray(c, to + 8 * stride);
      ((FloatVector) WIDE_TYPE.cast(c81)).intoArray(c, to + 8 * stride + LANES);
      ((FloatVector) WIDE_TYPE.cast(c90)).intoArray(c, to + 9 * stride);
      ((FloatVector) WIDE_TYPE.cast(c91)).intoArray(c, to + 9 * stride + LANES);
      ((FloatVector) WIDE_TYPE.cast(ca0)).intoArray(c, to + 10 * stride);
      ((FloatVector) WIDE_TYPE.cast(ca1)).intoArray(c, to + 10 * stride + LANES);
      ((FloatVector) WIDE_TYPE.cast(cb0)).intoArray(c, to + 11 * stride);
      ((FloatVector) WIDE_TYPE.cast(cb1)).intoArray(c, to + 11 * stride + LANES);
      to += WIDTH;
      toB += panel;
    }
  }

  static void panelsToMemory(
      int columns, int depth, float[] a, int ao, float[] b, int bo,
      MemorySegment memory, long co, long stride) {
    MemorySegment c = NATIVE.cast(memory);
    int panel = depth * WIDTH;
    int toB = bo;
    long to = co;
    for (int at = 0; at < columns; at += WIDTH) {
      FloatVector c00 = zero(WIDE), c01 = zero(WIDE);
      FloatVector c10 = zero(WIDE), c11 = zero(WIDE);
      FloatVector c20 = zero(WIDE), c21 = zero(WIDE);
      FloatVector c30 = zero(WIDE), c31 = zero(WIDE);
      FloatVector c40 = zero(WIDE), c41 = zero(WIDE);
      FloatVector c50 = zero(WIDE), c51 = zero(WIDE);
      FloatVector c60 = c00, c61 = c01;
      FloatVector c70 = c10, c71 = c11;
      FloatVector c80 = c20, c81 = c21;
      FloatVector c90 = c30, c91 = c31;
      FloatVector ca0 = c40, ca1 = c41;
      FloatVector cb0 = c50, cb1 = c51;
      long row = to + 6 * stride;
      for (int half = 0; half < 2; half++) {
        c60 = c00; c61 = c01;
        c70 = c10; c71 = c11;
        c80 = c20; c81 = c21;
        c90 = c30; c91 = c31;
        ca0 = c40; ca1 = c41;
        cb0 = c50; cb1 = c51;
        c00 = fromMemorySegment(WIDE, c, row, ORDER);
        c01 = fromMemorySegment(WIDE, c, row + 4L * LANES, ORDER);
        c10 = fromMemorySegment(WIDE, c, row + stride, ORDER);
        c11 = fromMemorySegment(WIDE, c, row + stride + 4L * LANES, ORDER);
        c20 = fromMemorySegment(WIDE, c, row + 2 * stride, ORDER);
        c21 = fromMemorySegment(WIDE, c, row + 2 * stride + 4L * LANES, ORDER);
        c30 = fromMemorySegment(WIDE, c, row + 3 * stride, ORDER);
        c31 = fromMemorySegment(WIDE, c, row + 3 * stride + 4L * LANES, ORDER);
        c40 = fromMemorySegment(WIDE, c, row + 4 * stride, ORDER);
        c41 = fromMemorySegment(WIDE, c, row + 4 * stride + 4L * LANES, ORDER);
        c50 = fromMemorySegment(WIDE, c, row + 5 * stride, ORDER);
        c51 = fromMemorySegment(WIDE, c, row + 5 * stride + 4L * LANES, ORDER);
        row -= 6 * stride;
      }
      for (int k = 0; k < depth; k++) {
        int ka = ao + k * PANEL_STRIDE;
        int kb = toB + k * WIDTH;
        FloatVector b0 = fromArray(WIDE, b, kb);
        FloatVector b1 = fromArray(WIDE, b, kb + LANES);
        FloatVector x = broadcast(WIDE, a[ka]); c00 = x.fma(b0, c00); c01 = x.fma(b1, c01);
        x = broadcast(WIDE, a[ka + 1]); c10 = x.fma(b0, c10); c11 = x.fma(b1, c11);
        x = broadcast(WIDE, a[ka + 2]); c20 = x.fma(b0, c20); c21 = x.fma(b1, c21);
        x = broadcast(WIDE, a[ka + 3]); c30 = x.fma(b0, c30); c31 = x.fma(b1, c31);
        x = broadcast(WIDE, a[ka + 4]); c40 = x.fma(b0, c40); c41 = x.fma(b1, c41);
        x = broadcast(WIDE, a[ka + 5]); c50 = x.fma(b0, c50); c51 = x.fma(b1, c51);
        x = broadcast(WIDE, a[ka + 6]); c60 = x.fma(b0, c60); c61 = x.fma(b1, c61);
        x = broadcast(WIDE, a[ka + 7]); c70 = x.fma(b0, c70); c71 = x.fma(b1, c71);
        x = broadcast(WIDE, a[ka + 8]); c80 = x.fma(b0, c80); c81 = x.fma(b1, c81);
        x = broadcast(WIDE, a[ka + 9]); c90 = x.fma(b0, c90); c91 = x.fma(b1, c91);
        x = broadcast(WIDE, a[ka + 10]); ca0 = x.fma(b0, ca0); ca1 = x.fma(b1, ca1);
        x = broadcast(WIDE, a[ka + 11]); cb0 = x.fma(b0, cb0); cb1 = x.fma(b1, cb1);
      }
      row = to;
      for (int half = 0; half < 2; half++) {
        ((FloatVector) WIDE_TYPE.cast(c00)).intoMemorySegment(c, row, ORDER);
        ((FloatVector) WIDE_TYPE.cast(c01)).intoMemorySegment(c, row + 4L * LANES, ORDER);
        ((FloatVector) WIDE_TYPE.cast(c10)).intoMemorySegment(c, row + stride, ORDER);
        ((FloatVector) WIDE_TYPE.cast(c11)).intoMemorySegment(c, row + stride + 4L * LANES, ORDER);
        ((FloatVector) WIDE_TYPE.cast(c20)).intoMemorySegment(c, row + 2 * stride, ORDER);
        ((FloatVector) WIDE_TYPE.cast(c21)).intoMemorySegment(c, row + 2 * stride + 4L * LANES, ORDER);
        ((FloatVector) WIDE_TYPE.cast(c30)).intoMemorySegment(c, row + 3 * stride, ORDER);
        ((FloatVector) WIDE_TYPE.cast(c31)).intoMemorySegment(c, row + 3 * stride + 4L * LANES, ORDER);
        ((FloatVector) WIDE_TYPE.cast(c40)).intoMemorySegment(c, row + 4 * stride, ORDER);
        ((FloatVector) WIDE_TYPE.cast(c41)).intoMemorySegment(c, row + 4 * stride + 4L * LANES, ORDER);
        ((FloatVector) WIDE_TYPE.cast(c50)).intoMemorySegment(c, row + 5 * stride, ORDER);
        ((FloatVector) WIDE_TYPE.cast(c51)).intoMemorySegment(c, row + 5 * stride + 4L * LANES, ORDER);
        c00 = c60; c01 = c61;
        c10 = c70; c11 = c71;
        c20 = c80; c21 = c81;
        c30 = c90; c31 = c91;
        c40 = ca0; c41 = ca1;
        c50 = cb0; c51 = cb1;
        row += 6 * stride;
      }
      to += 4L * WIDTH;
      toB += panel;
    }
  }

  static void panelsToArray(
      int columns, int depth, float[] a, int ao, float[] b, int bo,
      float[] c, int co) {
    int panel = depth * WIDTH;
    int toB = bo;
    int last = co + columns;
    for (int at = co; at < last; at += WIDTH) {
      FloatVector c00 = fromArray(WIDE, c, at);
      FloatVector c01 = fromArray(WIDE, c, at + LANES);
      FloatVector c10 = fromArray(WIDE, c, at + BLOCK);
      FloatVector c11 = fromArray(WIDE, c, at + BLOCK + LANES);
      FloatVector c20 = fromArray(WIDE, c, at + 2 * BLOCK);
      FloatVector c21 = fromArray(WIDE, c, at + 2 * BLOCK + LANES);
      FloatVector c30 = fromArray(WIDE, c, at + 3 * BLOCK);
      FloatVector c31 = fromArray(WIDE, c, at + 3 * BLOCK + LANES);
      FloatVector c40 = fromArray(WIDE, c, at + 4 * BLOCK);
      FloatVector c41 = fromArray(WIDE, c, at + 4 * BLOCK + LANES);
      FloatVector c50 = fromArray(WIDE, c, at + 5 * BLOCK);
      FloatVector c51 = fromArray(WIDE, c, at + 5 * BLOCK + LANES);
      FloatVector c60 = fromArray(WIDE, c, at + 6 * BLOCK);
      FloatVector c61 = fromArray(WIDE, c, at + 6 * BLOCK + LANES);
      FloatVector c70 = fromArray(WIDE, c, at + 7 * BLOCK);
      FloatVector c71 = fromArray(WIDE, c, at + 7 * BLOCK + LANES);
      FloatVector c80 = fromArray(WIDE, c, at + 8 * BLOCK);
      FloatVector c81 = fromArray(WIDE, c, at + 8 * BLOCK + LANES);
      FloatVector c90 = fromArray(WIDE, c, at + 9 * BLOCK);
      FloatVector c91 = fromArray(WIDE, c, at + 9 * BLOCK + LANES);
      FloatVector ca0 = fromArray(WIDE, c, at + 10 * BLOCK);
      FloatVector ca1 = fromArray(WIDE, c, at + 10 * BLOCK + LANES);
      FloatVector cb0 = fromArray(WIDE, c, at + 11 * BLOCK);
      FloatVector cb1 = fromArray(WIDE, c, at + 11 * BLOCK + LANES);
      for (int k = 0; k < depth; k++) {
        int ka = ao + k * PANEL_STRIDE;
        int kb = toB + k * WIDTH;
        FloatVector b0 = fromArray(WIDE, b, kb);
        FloatVector b1 = fromArray(WIDE, b, kb + LANES);
        FloatVector x = broadcast(WIDE, a[ka]); c00 = x.fma(b0, c00); c01 = x.fma(b1, c01);
        x = broadcast(WIDE, a[ka + 1]); c10 = x.fma(b0, c10); c11 = x.fma(b1, c11);
        x = broadcast(WIDE, a[ka + 2]); c20 = x.fma(b0, c20); c21 = x.fma(b1, c21);
        x = broadcast(WIDE, a[ka + 3]); c30 = x.fma(b0, c30); c31 = x.fma(b1, c31);
        x = broadcast(WIDE, a[ka + 4]); c40 = x.fma(b0, c40); c41 = x.fma(b1, c41);
        x = broadcast(WIDE, a[ka + 5]); c50 = x.fma(b0, c50); c51 = x.fma(b1, c51);
        x = broadcast(WIDE, a[ka + 6]); c60 = x.fma(b0, c60); c61 = x.fma(b1, c61);
        x = broadcast(WIDE, a[ka + 7]); c70 = x.fma(b0, c70); c71 = x.fma(b1, c71);
        x = broadcast(WIDE, a[ka + 8]); c80 = x.fma(b0, c80); c81 = x.fma(b1, c81);
        x = broadcast(WIDE, a[ka + 9]); c90 = x.fma(b0, c90); c91 = x.fma(b1, c91);
        x = broadcast(WIDE, a[ka + 10]); ca0 = x.fma(b0, ca0); ca1 = x.fma(b1, ca1);
        x = broadcast(WIDE, a[ka + 11]); cb0 = x.fma(b0, cb0); cb1 = x.fma(b1, cb1);
      }
      ((FloatVector) WIDE_TYPE.cast(c00)).intoArray(c, at);
      ((FloatVector) WIDE_TYPE.cast(c01)).intoArray(c, at + LANES);
      ((FloatVector) WIDE_TYPE.cast(c10)).intoArray(c, at + BLOCK);
      ((FloatVector) WIDE_TYPE.cast(c11)).intoArray(c, at + BLOCK + LANES);
      ((FloatVector) WIDE_TYPE.cast(c20)).intoArray(c, at + 2 * BLOCK);
      ((FloatVector) WIDE_TYPE.cast(c21)).intoArray(c, at + 2 * BLOCK + LANES);
      ((FloatVector) WIDE_TYPE.cast(c30)).intoArray(c, at + 3 * BLOCK);
      ((FloatVector) WIDE_TYPE.cast(c31)).intoArray(c, at + 3 * BLOCK + LANES);
      ((FloatVector) WIDE_TYPE.cast(c40)).intoArray(c, at + 4 * BLOCK);
      ((FloatVector) WIDE_TYPE.cast(c41)).intoArray(c, at + 4 * BLOCK + LANES);
      ((FloatVector) WIDE_TYPE.cast(c50)).intoArray(c, at + 5 * BLOCK);
      ((FloatVector) WIDE_TYPE.cast(c51)).intoArray(c, at + 5 * BLOCK + LANES);
      ((FloatVector) WIDE_TYPE.cast(c60)).intoArray(c, at + 6 * BLOCK);
      ((FloatVector) WIDE_TYPE.cast(c61)).intoArray(c, at + 6 * BLOCK + LANES);
      ((FloatVector) WIDE_TYPE.cast(c70)).intoArray(c, at + 7 * BLOCK);
      ((FloatVector) WIDE_TYPE.cast(c71)).intoArray(c, at + 7 * BLOCK + LANES);
      ((FloatVector) WIDE_TYPE.cast(c80)).intoArray(c, at + 8 * BLOCK);
      ((FloatVector) WIDE_TYPE.cast(c81)).intoArray(c, at + 8 * BLOCK + LANES);
      ((FloatVector) WIDE_TYPE.cast(c90)).intoArray(c, at + 9 * BLOCK);
      ((FloatVector) WIDE_TYPE.cast(c91)).intoArray(c, at + 9 * BLOCK + LANES);
      ((FloatVector) WIDE_TYPE.cast(ca0)).intoArray(c, at + 10 * BLOCK);
      ((FloatVector) WIDE_TYPE.cast(ca1)).intoArray(c, at + 10 * BLOCK + LANES);
      ((FloatVector) WIDE_TYPE.cast(cb0)).intoArray(c, at + 11 * BLOCK);
      ((FloatVector) WIDE_TYPE.cast(cb1)).intoArray(c, at + 11 * BLOCK + LANES);
      toB += panel;
    }
  }
}
