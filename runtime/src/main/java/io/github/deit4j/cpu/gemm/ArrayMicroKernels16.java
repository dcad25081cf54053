package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.gemm.Tiles.BLOCK;
import static io.github.deit4j.cpu.gemm.Tiles.LANES;
import static io.github.deit4j.cpu.gemm.Tiles.SPECIES;
import static io.github.deit4j.cpu.gemm.Tiles.TYPE;
import static io.github.deit4j.cpu.gemm.Tiles.WIDTH;

import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;

/**
 * As {@link MicroKernels16}, but to arrays: what becomes another product's left factor, or is not
 * finished yet. Where there are 32 registers, they compute the last tile of an odd number.
 */
final class ArrayMicroKernels16 {
  private static final int STRIDE = Tiles.LEFT_STRIDE;
  private static final int ROW = Tiles.ROW_STRIDE;

  private ArrayMicroKernels16() {}

  /** Multiplies A in rows. */
  static void sixRowsByTwo(
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
    int fours = ao + (depth & ~3);
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
      int left = ao;
      for (; left < fours; left += 4) {
        int right = left * WIDTH + toRight;
        FloatVector b0 = FloatVector.fromArray(SPECIES, b, right);
        FloatVector b1 = FloatVector.fromArray(SPECIES, b, right + LANES);
        FloatVector x = FloatVector.broadcast(SPECIES, a[left]);
        c00 = x.fma(b0, c00);
        c01 = x.fma(b1, c01);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + ROW]);
        c10 = x.fma(b0, c10);
        c11 = x.fma(b1, c11);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 2 * ROW]);
        c20 = x.fma(b0, c20);
        c21 = x.fma(b1, c21);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 3 * ROW]);
        c30 = x.fma(b0, c30);
        c31 = x.fma(b1, c31);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 4 * ROW]);
        c40 = x.fma(b0, c40);
        c41 = x.fma(b1, c41);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 5 * ROW]);
        c50 = x.fma(b0, c50);
        c51 = x.fma(b1, c51);
        VarHandle.acquireFence();
        b0 = FloatVector.fromArray(SPECIES, b, right + WIDTH);
        b1 = FloatVector.fromArray(SPECIES, b, right + WIDTH + LANES);
        x = FloatVector.broadcast(SPECIES, a[left + 1]);
        c00 = x.fma(b0, c00);
        c01 = x.fma(b1, c01);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + ROW + 1]);
        c10 = x.fma(b0, c10);
        c11 = x.fma(b1, c11);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 2 * ROW + 1]);
        c20 = x.fma(b0, c20);
        c21 = x.fma(b1, c21);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 3 * ROW + 1]);
        c30 = x.fma(b0, c30);
        c31 = x.fma(b1, c31);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 4 * ROW + 1]);
        c40 = x.fma(b0, c40);
        c41 = x.fma(b1, c41);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 5 * ROW + 1]);
        c50 = x.fma(b0, c50);
        c51 = x.fma(b1, c51);
        VarHandle.acquireFence();
        b0 = FloatVector.fromArray(SPECIES, b, right + 2 * WIDTH);
        b1 = FloatVector.fromArray(SPECIES, b, right + 2 * WIDTH + LANES);
        x = FloatVector.broadcast(SPECIES, a[left + 2]);
        c00 = x.fma(b0, c00);
        c01 = x.fma(b1, c01);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + ROW + 2]);
        c10 = x.fma(b0, c10);
        c11 = x.fma(b1, c11);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 2 * ROW + 2]);
        c20 = x.fma(b0, c20);
        c21 = x.fma(b1, c21);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 3 * ROW + 2]);
        c30 = x.fma(b0, c30);
        c31 = x.fma(b1, c31);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 4 * ROW + 2]);
        c40 = x.fma(b0, c40);
        c41 = x.fma(b1, c41);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 5 * ROW + 2]);
        c50 = x.fma(b0, c50);
        c51 = x.fma(b1, c51);
        VarHandle.acquireFence();
        b0 = FloatVector.fromArray(SPECIES, b, right + 3 * WIDTH);
        b1 = FloatVector.fromArray(SPECIES, b, right + 3 * WIDTH + LANES);
        x = FloatVector.broadcast(SPECIES, a[left + 3]);
        c00 = x.fma(b0, c00);
        c01 = x.fma(b1, c01);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + ROW + 3]);
        c10 = x.fma(b0, c10);
        c11 = x.fma(b1, c11);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 2 * ROW + 3]);
        c20 = x.fma(b0, c20);
        c21 = x.fma(b1, c21);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 3 * ROW + 3]);
        c30 = x.fma(b0, c30);
        c31 = x.fma(b1, c31);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 4 * ROW + 3]);
        c40 = x.fma(b0, c40);
        c41 = x.fma(b1, c41);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 5 * ROW + 3]);
        c50 = x.fma(b0, c50);
        c51 = x.fma(b1, c51);
      }
      for (; left < end; left++) {
        int right = left * WIDTH + toRight;
        FloatVector b0 = FloatVector.fromArray(SPECIES, b, right);
        FloatVector b1 = FloatVector.fromArray(SPECIES, b, right + LANES);
        FloatVector x = FloatVector.broadcast(SPECIES, a[left]);
        c00 = x.fma(b0, c00);
        c01 = x.fma(b1, c01);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + ROW]);
        c10 = x.fma(b0, c10);
        c11 = x.fma(b1, c11);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 2 * ROW]);
        c20 = x.fma(b0, c20);
        c21 = x.fma(b1, c21);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 3 * ROW]);
        c30 = x.fma(b0, c30);
        c31 = x.fma(b1, c31);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 4 * ROW]);
        c40 = x.fma(b0, c40);
        c41 = x.fma(b1, c41);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 5 * ROW]);
        c50 = x.fma(b0, c50);
        c51 = x.fma(b1, c51);
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
      to += WIDTH;
      toRight += panel;
    }
  }

  /**
   * Multiplies a panel of A: column k stands from {@code ao + k·LEFT_STRIDE}. Two values of k a
   * turn, since the loop's own instructions count.
   *
   * @param columns a multiple of WIDTH, at most BLOCK
   * @param block the chains, continued in place: rows BLOCK apart
   * @param from where the first tile starts
   */
  static void sixByTwo(
      int columns, int depth, float[] a, int ao, float[] b, int bo, float[] block, int from) {
    int pairs = depth & ~1;
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
      for (int k = 0; k < pairs; k += 2) {
        int left = ao + k * STRIDE;
        int right = toRight + k * WIDTH;
        FloatVector b0 = FloatVector.fromArray(SPECIES, b, right);
        FloatVector b1 = FloatVector.fromArray(SPECIES, b, right + LANES);
        FloatVector x = FloatVector.broadcast(SPECIES, a[left]);
        c00 = x.fma(b0, c00);
        c01 = x.fma(b1, c01);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 1]);
        c10 = x.fma(b0, c10);
        c11 = x.fma(b1, c11);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 2]);
        c20 = x.fma(b0, c20);
        c21 = x.fma(b1, c21);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 3]);
        c30 = x.fma(b0, c30);
        c31 = x.fma(b1, c31);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 4]);
        c40 = x.fma(b0, c40);
        c41 = x.fma(b1, c41);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 5]);
        c50 = x.fma(b0, c50);
        c51 = x.fma(b1, c51);
        VarHandle.acquireFence();
        b0 = FloatVector.fromArray(SPECIES, b, right + WIDTH);
        b1 = FloatVector.fromArray(SPECIES, b, right + WIDTH + LANES);
        x = FloatVector.broadcast(SPECIES, a[left + STRIDE]);
        c00 = x.fma(b0, c00);
        c01 = x.fma(b1, c01);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + STRIDE + 1]);
        c10 = x.fma(b0, c10);
        c11 = x.fma(b1, c11);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + STRIDE + 2]);
        c20 = x.fma(b0, c20);
        c21 = x.fma(b1, c21);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + STRIDE + 3]);
        c30 = x.fma(b0, c30);
        c31 = x.fma(b1, c31);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + STRIDE + 4]);
        c40 = x.fma(b0, c40);
        c41 = x.fma(b1, c41);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + STRIDE + 5]);
        c50 = x.fma(b0, c50);
        c51 = x.fma(b1, c51);
      }
      if (depth % 2 == 1) {
        int left = ao + pairs * STRIDE;
        int right = toRight + pairs * WIDTH;
        FloatVector b0 = FloatVector.fromArray(SPECIES, b, right);
        FloatVector b1 = FloatVector.fromArray(SPECIES, b, right + LANES);
        FloatVector x = FloatVector.broadcast(SPECIES, a[left]);
        c00 = x.fma(b0, c00);
        c01 = x.fma(b1, c01);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 1]);
        c10 = x.fma(b0, c10);
        c11 = x.fma(b1, c11);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 2]);
        c20 = x.fma(b0, c20);
        c21 = x.fma(b1, c21);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 3]);
        c30 = x.fma(b0, c30);
        c31 = x.fma(b1, c31);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 4]);
        c40 = x.fma(b0, c40);
        c41 = x.fma(b1, c41);
        VarHandle.acquireFence();
        x = FloatVector.broadcast(SPECIES, a[left + 5]);
        c50 = x.fma(b0, c50);
        c51 = x.fma(b1, c51);
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
      toRight += panel;
    }
  }
}
