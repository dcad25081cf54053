package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.Tiles.BLOCK;
import static io.github.deit4j.cpu.kernel.Tiles.LANES;
import static io.github.deit4j.cpu.kernel.Tiles.SPECIES;
import static io.github.deit4j.cpu.kernel.Tiles.TYPE;
import static io.github.deit4j.cpu.kernel.Tiles.WIDTH;

import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;

/**
 * The micro-kernels for 16 vector registers, and for the last tile of an odd number where there are
 * 32: each continues the chains of a tile of some rows by some vectors, in place, over {@code
 * depth} values of k.
 *
 * <p>Both factors are packed in panels: column k of A stands from {@code ao + k·LEFT_STRIDE}, row k
 * of B from {@code bo + k·WIDTH} (see {@link Tiles}); row i of the tile stands from {@code at +
 * i·BLOCK}.
 *
 * <p>What limits them beside the multiply-adds is the number of instructions, the more so where a
 * core is shared with another thread. So the loop counts the index of one factor, the other's is a
 * constant multiple of it plus an offset, and C2 checks neither in the loop.
 */
final class MicroKernels16 {
  private static final int STRIDE = Tiles.LEFT_STRIDE;
  private static final int PER_LEFT = WIDTH / STRIDE;

  private MicroKernels16() {}

  /**
   * Six rows by two vectors, which takes 15 registers; tile beside tile, as many as several panels
   * of B have columns, for the reason given in {@link RowMicroKernel}.
   *
   * <p>Two values of k a turn, since the loop's own instructions count. C2 would load several
   * numbers of A before the first use of one, more than there are registers for; it loads none
   * across a fence, which on x86 is no instruction.
   *
   * @param columns a multiple of WIDTH, at most BLOCK
   * @param bo where the first of the panels starts; they stand one behind the other
   * @param from where the first tile starts
   */
  static void sixByTwo(
      int columns, int depth, float[] a, int ao, float[] b, int bo, float[] block, int from) {
    int pairs = ao + (depth & ~1) * STRIDE;
    int panel = depth * WIDTH;
    int toRight = bo - ao * PER_LEFT;
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
      for (; left < pairs; left += 2 * STRIDE) {
        int right = left * PER_LEFT + toRight;
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
        int right = left * PER_LEFT + toRight;
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

  /** For few columns, of two panels of A that stand one behind the other. */
  static void twelveByOne(int depth, float[] a, int ao, float[] b, int bo, float[] block, int at) {
    FloatVector c0 = FloatVector.fromArray(SPECIES, block, at);
    FloatVector c1 = FloatVector.fromArray(SPECIES, block, at + BLOCK);
    FloatVector c2 = FloatVector.fromArray(SPECIES, block, at + 2 * BLOCK);
    FloatVector c3 = FloatVector.fromArray(SPECIES, block, at + 3 * BLOCK);
    FloatVector c4 = FloatVector.fromArray(SPECIES, block, at + 4 * BLOCK);
    FloatVector c5 = FloatVector.fromArray(SPECIES, block, at + 5 * BLOCK);
    FloatVector c6 = FloatVector.fromArray(SPECIES, block, at + 6 * BLOCK);
    FloatVector c7 = FloatVector.fromArray(SPECIES, block, at + 7 * BLOCK);
    FloatVector c8 = FloatVector.fromArray(SPECIES, block, at + 8 * BLOCK);
    FloatVector c9 = FloatVector.fromArray(SPECIES, block, at + 9 * BLOCK);
    FloatVector c10 = FloatVector.fromArray(SPECIES, block, at + 10 * BLOCK);
    FloatVector c11 = FloatVector.fromArray(SPECIES, block, at + 11 * BLOCK);
    int toRight = bo - ao * PER_LEFT;
    int toSecond = depth * STRIDE;
    int end = ao + toSecond;
    for (int left = ao; left < end; left += STRIDE) {
      int second = left + toSecond;
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, left * PER_LEFT + toRight);
      FloatVector x = FloatVector.broadcast(SPECIES, a[left]);
      c0 = x.fma(b0, c0);
      x = FloatVector.broadcast(SPECIES, a[left + 1]);
      c1 = x.fma(b0, c1);
      x = FloatVector.broadcast(SPECIES, a[left + 2]);
      c2 = x.fma(b0, c2);
      x = FloatVector.broadcast(SPECIES, a[left + 3]);
      c3 = x.fma(b0, c3);
      x = FloatVector.broadcast(SPECIES, a[left + 4]);
      c4 = x.fma(b0, c4);
      x = FloatVector.broadcast(SPECIES, a[left + 5]);
      c5 = x.fma(b0, c5);
      x = FloatVector.broadcast(SPECIES, a[second]);
      c6 = x.fma(b0, c6);
      x = FloatVector.broadcast(SPECIES, a[second + 1]);
      c7 = x.fma(b0, c7);
      x = FloatVector.broadcast(SPECIES, a[second + 2]);
      c8 = x.fma(b0, c8);
      x = FloatVector.broadcast(SPECIES, a[second + 3]);
      c9 = x.fma(b0, c9);
      x = FloatVector.broadcast(SPECIES, a[second + 4]);
      c10 = x.fma(b0, c10);
      x = FloatVector.broadcast(SPECIES, a[second + 5]);
      c11 = x.fma(b0, c11);
    }
    ((FloatVector) TYPE.cast(c0)).intoArray(block, at);
    ((FloatVector) TYPE.cast(c1)).intoArray(block, at + BLOCK);
    ((FloatVector) TYPE.cast(c2)).intoArray(block, at + 2 * BLOCK);
    ((FloatVector) TYPE.cast(c3)).intoArray(block, at + 3 * BLOCK);
    ((FloatVector) TYPE.cast(c4)).intoArray(block, at + 4 * BLOCK);
    ((FloatVector) TYPE.cast(c5)).intoArray(block, at + 5 * BLOCK);
    ((FloatVector) TYPE.cast(c6)).intoArray(block, at + 6 * BLOCK);
    ((FloatVector) TYPE.cast(c7)).intoArray(block, at + 7 * BLOCK);
    ((FloatVector) TYPE.cast(c8)).intoArray(block, at + 8 * BLOCK);
    ((FloatVector) TYPE.cast(c9)).intoArray(block, at + 9 * BLOCK);
    ((FloatVector) TYPE.cast(c10)).intoArray(block, at + 10 * BLOCK);
    ((FloatVector) TYPE.cast(c11)).intoArray(block, at + 11 * BLOCK);
  }

  /** For few columns and the last rows. */
  static void sixByOne(int depth, float[] a, int ao, float[] b, int bo, float[] block, int at) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, block, at);
    FloatVector c10 = FloatVector.fromArray(SPECIES, block, at + BLOCK);
    FloatVector c20 = FloatVector.fromArray(SPECIES, block, at + 2 * BLOCK);
    FloatVector c30 = FloatVector.fromArray(SPECIES, block, at + 3 * BLOCK);
    FloatVector c40 = FloatVector.fromArray(SPECIES, block, at + 4 * BLOCK);
    FloatVector c50 = FloatVector.fromArray(SPECIES, block, at + 5 * BLOCK);
    int toRight = bo - ao * PER_LEFT;
    int end = ao + depth * STRIDE;
    for (int left = ao; left < end; left += STRIDE) {
      int right = left * PER_LEFT + toRight;
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
    }
    ((FloatVector) TYPE.cast(c00)).intoArray(block, at);
    ((FloatVector) TYPE.cast(c10)).intoArray(block, at + BLOCK);
    ((FloatVector) TYPE.cast(c20)).intoArray(block, at + 2 * BLOCK);
    ((FloatVector) TYPE.cast(c30)).intoArray(block, at + 3 * BLOCK);
    ((FloatVector) TYPE.cast(c40)).intoArray(block, at + 4 * BLOCK);
    ((FloatVector) TYPE.cast(c50)).intoArray(block, at + 5 * BLOCK);
  }
}
