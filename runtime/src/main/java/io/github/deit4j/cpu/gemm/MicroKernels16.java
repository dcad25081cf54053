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
 * The micro-kernels for 16 vector registers. Each continues the chains of a tile, 6 rows by two
 * vectors of C, then of those beside it: as many as {@code columns}, a multiple of WIDTH, has.
 * {@link Tiles} says where the numbers stand, and why the kernels are written like this.
 */
final class MicroKernels16 {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private MicroKernels16() {}

  static void rowsToMemory(
      int columns, int depth, float[] a, int ao, float[] b, int bo,
      float[] start, MemorySegment memory, long co, long stride) {
    MemorySegment c = NATIVE.cast(memory);
    int fours = ao + (depth & ~3);
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
      int ka = ao;
      for (; ka < fours; ka += 4) {
        int kb = ka * WIDTH + toB;
        FloatVector b0 = fromArray(WIDE, b, kb);
        FloatVector b1 = fromArray(WIDE, b, kb + LANES);
        FloatVector x = broadcast(WIDE, a[ka]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + ROW_STRIDE]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + 2 * ROW_STRIDE]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + 3 * ROW_STRIDE]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + 4 * ROW_STRIDE]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + 5 * ROW_STRIDE]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51); acquireFence();
        b0 = fromArray(WIDE, b, kb + WIDTH);
        b1 = fromArray(WIDE, b, kb + WIDTH + LANES);
        x = broadcast(WIDE, a[ka + 1]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + ROW_STRIDE + 1]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + 2 * ROW_STRIDE + 1]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + 3 * ROW_STRIDE + 1]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + 4 * ROW_STRIDE + 1]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + 5 * ROW_STRIDE + 1]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51); acquireFence();
        b0 = fromArray(WIDE, b, kb + 2 * WIDTH);
        b1 = fromArray(WIDE, b, kb + 2 * WIDTH + LANES);
        x = broadcast(WIDE, a[ka + 2]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + ROW_STRIDE + 2]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + 2 * ROW_STRIDE + 2]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + 3 * ROW_STRIDE + 2]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + 4 * ROW_STRIDE + 2]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + 5 * ROW_STRIDE + 2]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51); acquireFence();
        b0 = fromArray(WIDE, b, kb + 3 * WIDTH);
        b1 = fromArray(WIDE, b, kb + 3 * WIDTH + LANES);
        x = broadcast(WIDE, a[ka + 3]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + ROW_STRIDE + 3]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + 2 * ROW_STRIDE + 3]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + 3 * ROW_STRIDE + 3]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + 4 * ROW_STRIDE + 3]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + 5 * ROW_STRIDE + 3]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51);
      }
      for (; ka < end; ka++) {
        int kb = ka * WIDTH + toB;
        FloatVector b0 = fromArray(WIDE, b, kb);
        FloatVector b1 = fromArray(WIDE, b, kb + LANES);
        FloatVector x = broadcast(WIDE, a[ka]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + ROW_STRIDE]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + 2 * ROW_STRIDE]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + 3 * ROW_STRIDE]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + 4 * ROW_STRIDE]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + 5 * ROW_STRIDE]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51);
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
      to += 4L * WIDTH;
      toB += panel;
    }
  }

  static void rowsToArray(
      int columns, int depth, float[] a, int ao, float[] b, int bo,
      float[] start, float[] c, int co, int stride) {
    int fours = ao + (depth & ~3);
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
      int ka = ao;
      for (; ka < fours; ka += 4) {
        int kb = ka * WIDTH + toB;
        FloatVector b0 = fromArray(WIDE, b, kb);
        FloatVector b1 = fromArray(WIDE, b, kb + LANES);
        FloatVector x = broadcast(WIDE, a[ka]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + ROW_STRIDE]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + 2 * ROW_STRIDE]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + 3 * ROW_STRIDE]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + 4 * ROW_STRIDE]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + 5 * ROW_STRIDE]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51); acquireFence();
        b0 = fromArray(WIDE, b, kb + WIDTH);
        b1 = fromArray(WIDE, b, kb + WIDTH + LANES);
        x = broadcast(WIDE, a[ka + 1]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + ROW_STRIDE + 1]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + 2 * ROW_STRIDE + 1]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + 3 * ROW_STRIDE + 1]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + 4 * ROW_STRIDE + 1]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + 5 * ROW_STRIDE + 1]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51); acquireFence();
        b0 = fromArray(WIDE, b, kb + 2 * WIDTH);
        b1 = fromArray(WIDE, b, kb + 2 * WIDTH + LANES);
        x = broadcast(WIDE, a[ka + 2]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + ROW_STRIDE + 2]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + 2 * ROW_STRIDE + 2]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + 3 * ROW_STRIDE + 2]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + 4 * ROW_STRIDE + 2]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + 5 * ROW_STRIDE + 2]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51); acquireFence();
        b0 = fromArray(WIDE, b, kb + 3 * WIDTH);
        b1 = fromArray(WIDE, b, kb + 3 * WIDTH + LANES);
        x = broadcast(WIDE, a[ka + 3]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + ROW_STRIDE + 3]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + 2 * ROW_STRIDE + 3]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + 3 * ROW_STRIDE + 3]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + 4 * ROW_STRIDE + 3]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + 5 * ROW_STRIDE + 3]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51);
      }
      for (; ka < end; ka++) {
        int kb = ka * WIDTH + toB;
        FloatVector b0 = fromArray(WIDE, b, kb);
        FloatVector b1 = fromArray(WIDE, b, kb + LANES);
        FloatVector x = broadcast(WIDE, a[ka]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + ROW_STRIDE]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + 2 * ROW_STRIDE]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + 3 * ROW_STRIDE]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + 4 * ROW_STRIDE]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + 5 * ROW_STRIDE]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51);
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
      to += WIDTH;
      toB += panel;
    }
  }

  static void panelsToMemory(
      int columns, int depth, float[] a, int ao, float[] b, int bo,
      MemorySegment memory, long co, long stride) {
    MemorySegment c = NATIVE.cast(memory);
    int pairs = depth & ~1;
    int panel = depth * WIDTH;
    int toB = bo;
    long to = co;
    for (int at = 0; at < columns; at += WIDTH) {
      FloatVector c00 = fromMemorySegment(WIDE, c, to, ORDER);
      FloatVector c01 = fromMemorySegment(WIDE, c, to + 4L * LANES, ORDER);
      FloatVector c10 = fromMemorySegment(WIDE, c, to + stride, ORDER);
      FloatVector c11 = fromMemorySegment(WIDE, c, to + stride + 4L * LANES, ORDER);
      FloatVector c20 = fromMemorySegment(WIDE, c, to + 2 * stride, ORDER);
      FloatVector c21 = fromMemorySegment(WIDE, c, to + 2 * stride + 4L * LANES, ORDER);
      FloatVector c30 = fromMemorySegment(WIDE, c, to + 3 * stride, ORDER);
      FloatVector c31 = fromMemorySegment(WIDE, c, to + 3 * stride + 4L * LANES, ORDER);
      FloatVector c40 = fromMemorySegment(WIDE, c, to + 4 * stride, ORDER);
      FloatVector c41 = fromMemorySegment(WIDE, c, to + 4 * stride + 4L * LANES, ORDER);
      FloatVector c50 = fromMemorySegment(WIDE, c, to + 5 * stride, ORDER);
      FloatVector c51 = fromMemorySegment(WIDE, c, to + 5 * stride + 4L * LANES, ORDER);
      for (int k = 0; k < pairs; k += 2) {
        int ka = ao + k * PANEL_STRIDE;
        int kb = toB + k * WIDTH;
        FloatVector b0 = fromArray(WIDE, b, kb);
        FloatVector b1 = fromArray(WIDE, b, kb + LANES);
        FloatVector x = broadcast(WIDE, a[ka]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + 1]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + 2]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + 3]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + 4]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + 5]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51); acquireFence();
        b0 = fromArray(WIDE, b, kb + WIDTH);
        b1 = fromArray(WIDE, b, kb + WIDTH + LANES);
        x = broadcast(WIDE, a[ka + PANEL_STRIDE]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + PANEL_STRIDE + 1]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + PANEL_STRIDE + 2]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + PANEL_STRIDE + 3]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + PANEL_STRIDE + 4]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + PANEL_STRIDE + 5]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51);
      }
      if (depth % 2 == 1) {
        int ka = ao + pairs * PANEL_STRIDE;
        int kb = toB + pairs * WIDTH;
        FloatVector b0 = fromArray(WIDE, b, kb);
        FloatVector b1 = fromArray(WIDE, b, kb + LANES);
        FloatVector x = broadcast(WIDE, a[ka]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + 1]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + 2]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + 3]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + 4]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + 5]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51);
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
      to += 4L * WIDTH;
      toB += panel;
    }
  }

  static void panelsToArray(
      int columns, int depth, float[] a, int ao, float[] b, int bo,
      float[] c, int co) {
    int pairs = depth & ~1;
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
      for (int k = 0; k < pairs; k += 2) {
        int ka = ao + k * PANEL_STRIDE;
        int kb = toB + k * WIDTH;
        FloatVector b0 = fromArray(WIDE, b, kb);
        FloatVector b1 = fromArray(WIDE, b, kb + LANES);
        FloatVector x = broadcast(WIDE, a[ka]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + 1]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + 2]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + 3]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + 4]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + 5]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51); acquireFence();
        b0 = fromArray(WIDE, b, kb + WIDTH);
        b1 = fromArray(WIDE, b, kb + WIDTH + LANES);
        x = broadcast(WIDE, a[ka + PANEL_STRIDE]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + PANEL_STRIDE + 1]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + PANEL_STRIDE + 2]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + PANEL_STRIDE + 3]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + PANEL_STRIDE + 4]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + PANEL_STRIDE + 5]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51);
      }
      if (depth % 2 == 1) {
        int ka = ao + pairs * PANEL_STRIDE;
        int kb = toB + pairs * WIDTH;
        FloatVector b0 = fromArray(WIDE, b, kb);
        FloatVector b1 = fromArray(WIDE, b, kb + LANES);
        FloatVector x = broadcast(WIDE, a[ka]);
        c00 = x.fma(b0, c00); c01 = x.fma(b1, c01); acquireFence();
        x = broadcast(WIDE, a[ka + 1]);
        c10 = x.fma(b0, c10); c11 = x.fma(b1, c11); acquireFence();
        x = broadcast(WIDE, a[ka + 2]);
        c20 = x.fma(b0, c20); c21 = x.fma(b1, c21); acquireFence();
        x = broadcast(WIDE, a[ka + 3]);
        c30 = x.fma(b0, c30); c31 = x.fma(b1, c31); acquireFence();
        x = broadcast(WIDE, a[ka + 4]);
        c40 = x.fma(b0, c40); c41 = x.fma(b1, c41); acquireFence();
        x = broadcast(WIDE, a[ka + 5]);
        c50 = x.fma(b0, c50); c51 = x.fma(b1, c51);
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
      toB += panel;
    }
  }
}
