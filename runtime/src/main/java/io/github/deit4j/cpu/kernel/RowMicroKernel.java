package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.Tiles.BLOCK;
import static io.github.deit4j.cpu.kernel.Tiles.LANES;
import static io.github.deit4j.cpu.kernel.Tiles.SPECIES;
import static io.github.deit4j.cpu.kernel.Tiles.TYPE;
import static io.github.deit4j.cpu.kernel.Tiles.WIDTH;

import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;

/**
 * The micro-kernel for a left factor in rows: row i of A stands from {@code ao + i·ROW_STRIDE}. All
 * else is as in {@link MicroKernels16}.
 *
 * <p>Before a loop over k C2 checks the first and the last place of every load in it, some 200
 * instructions. So one call computes several tiles side by side: where the loops are nested like
 * this, and all strides but one are constants, C2 moves the checks of A and C out of both.
 */
final class RowMicroKernel {
  private static final int ROW = Tiles.ROW_STRIDE;

  private RowMicroKernel() {}

  /**
   * For 16 registers: continues the chains of six rows of C, BLOCK apart, of as many columns as
   * several panels of B have. Four k a turn: B's place is no multiple of A's that an address can
   * hold, so each turn has to compute it.
   *
   * @param columns a multiple of WIDTH, at most BLOCK
   * @param bo where the first of the panels starts; they stand one behind the other
   * @param from where the first tile starts
   */
  static void sixByTwo(
      int columns, int depth, float[] a, int ao, float[] b, int bo, float[] block, int from) {
    int fours = ao + (depth & ~3);
    int end = ao + depth;
    int panel = depth * WIDTH;
    int toRight = bo - ao * WIDTH;
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

  /**
   * The same with rows of C ROW_STRIDE apart, whose chains all start from the numbers of the first
   * row; were these in an array of their own, C2 would run out of registers for addresses.
   *
   * @param columns a multiple of WIDTH
   */
  static void sixByTwoFromFirst(
      int columns, int depth, float[] a, int ao, float[] b, int bo, float[] c, int from) {
    int fours = ao + (depth & ~3);
    int end = ao + depth;
    int panel = depth * WIDTH;
    int toRight = bo - ao * WIDTH;
    int last = from + columns;
    for (int at = from; at < last; at += WIDTH) {
      FloatVector c00 = FloatVector.fromArray(SPECIES, c, at);
      FloatVector c01 = FloatVector.fromArray(SPECIES, c, at + LANES);
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
      ((FloatVector) TYPE.cast(c00)).intoArray(c, at);
      ((FloatVector) TYPE.cast(c01)).intoArray(c, at + LANES);
      ((FloatVector) TYPE.cast(c10)).intoArray(c, at + ROW);
      ((FloatVector) TYPE.cast(c11)).intoArray(c, at + ROW + LANES);
      ((FloatVector) TYPE.cast(c20)).intoArray(c, at + 2 * ROW);
      ((FloatVector) TYPE.cast(c21)).intoArray(c, at + 2 * ROW + LANES);
      ((FloatVector) TYPE.cast(c30)).intoArray(c, at + 3 * ROW);
      ((FloatVector) TYPE.cast(c31)).intoArray(c, at + 3 * ROW + LANES);
      ((FloatVector) TYPE.cast(c40)).intoArray(c, at + 4 * ROW);
      ((FloatVector) TYPE.cast(c41)).intoArray(c, at + 4 * ROW + LANES);
      ((FloatVector) TYPE.cast(c50)).intoArray(c, at + 5 * ROW);
      ((FloatVector) TYPE.cast(c51)).intoArray(c, at + 5 * ROW + LANES);
      toRight += panel;
    }
  }
}
