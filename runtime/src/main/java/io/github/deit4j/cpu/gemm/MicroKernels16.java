package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.gemm.Tiles.LANES;
import static io.github.deit4j.cpu.gemm.Tiles.SPECIES;
import static io.github.deit4j.cpu.gemm.Tiles.TYPE;
import static io.github.deit4j.cpu.gemm.Tiles.WIDTH;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * The micro-kernels for 16 vector registers. Each continues the chains of a tile, six rows by two
 * vectors of C, over {@code depth} values of k; then those of the tile beside it, as many as
 * several panels of B have columns. Row k of B stands from {@code bo + k·WIDTH}, and panel behind
 * panel (see {@link Tiles}).
 *
 * <p>Before a loop over k C2 checks the first and the last place of every load in it, some 200
 * instructions. That is why one call computes several tiles: where the loops are nested like this,
 * and the strides of A are constants, C2 moves its checks out of both.
 *
 * <p>What limits the loops beside the multiply-adds is the number of instructions, the more so
 * where a core is shared with another thread. So each counts k, or the index of A: places are
 * constant multiples of that plus an offset, and C2 checks none of them in the loop. C2 would load
 * several numbers of A before the first use of one, more than there are registers for; it loads
 * none across a fence, which on x86 is no instruction.
 */
final class MicroKernels16 {
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int STRIDE = Tiles.LEFT_STRIDE;
  private static final int ROW = Tiles.ROW_STRIDE;

  private MicroKernels16() {}

  /**
   * Multiplies a panel of A: column k stands from {@code ao + k·LEFT_STRIDE}. Two values of k a
   * turn, since the loop's own instructions count.
   *
   * @param columns a multiple of WIDTH
   * @param memory holds the chains, continued in place
   * @param co where the first tile stands, in bytes
   * @param stride from one row of C to the next, in bytes
   */
  static void sixByTwo(
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
    int pairs = depth & ~1;
    int panel = depth * WIDTH;
    int toRight = bo;
    long to = co;
    for (int at = 0; at < columns; at += WIDTH) {
      FloatVector c00 = FloatVector.fromMemorySegment(SPECIES, c, to, ORDER);
      FloatVector c01 = FloatVector.fromMemorySegment(SPECIES, c, to + 4L * LANES, ORDER);
      FloatVector c10 = FloatVector.fromMemorySegment(SPECIES, c, to + stride, ORDER);
      FloatVector c11 = FloatVector.fromMemorySegment(SPECIES, c, to + stride + 4L * LANES, ORDER);
      FloatVector c20 = FloatVector.fromMemorySegment(SPECIES, c, to + 2 * stride, ORDER);
      FloatVector c21 =
          FloatVector.fromMemorySegment(SPECIES, c, to + 2 * stride + 4L * LANES, ORDER);
      FloatVector c30 = FloatVector.fromMemorySegment(SPECIES, c, to + 3 * stride, ORDER);
      FloatVector c31 =
          FloatVector.fromMemorySegment(SPECIES, c, to + 3 * stride + 4L * LANES, ORDER);
      FloatVector c40 = FloatVector.fromMemorySegment(SPECIES, c, to + 4 * stride, ORDER);
      FloatVector c41 =
          FloatVector.fromMemorySegment(SPECIES, c, to + 4 * stride + 4L * LANES, ORDER);
      FloatVector c50 = FloatVector.fromMemorySegment(SPECIES, c, to + 5 * stride, ORDER);
      FloatVector c51 =
          FloatVector.fromMemorySegment(SPECIES, c, to + 5 * stride + 4L * LANES, ORDER);
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
      to += 4L * WIDTH;
      toRight += panel;
    }
  }

  /**
   * Multiplies A in rows: row i stands from {@code ao + i·ROW_STRIDE}. Four values of k a turn: B's
   * place is no multiple of A's that an address can hold, so each turn has to compute it.
   *
   * <p>Straight to memory, and not to an array that is copied there: the store queue takes the
   * vectors of one tile, and empties while the next one is computed. Those of many tiles at once
   * fill it, and the processor waits.
   *
   * @param columns a multiple of WIDTH
   * @param start what the chains of every row start from
   * @param co where the first tile is written, in bytes
   * @param stride from one row of C to the next, in bytes
   */
  static void sixRowsByTwo(
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
    int fours = ao + (depth & ~3);
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
      to += 4L * WIDTH;
      toRight += panel;
    }
  }
}
