package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.Tiles.LANES;
import static io.github.deit4j.cpu.kernel.Tiles.SPECIES;
import static io.github.deit4j.cpu.kernel.Tiles.WIDTH;

import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;

/**
 * The micro-kernels: each continues the chains of a tile of some rows by some vectors over {@code
 * depth} values of k.
 *
 * <p>Both factors are packed in panels: column k of A stands from {@code ao + k·LEFT_STRIDE}, row k
 * of B from {@code bo + k·WIDTH} (see {@link Tiles}). The chains of tile row i begin with the
 * numbers from {@code start[so + i·ss]}, and end in {@code out[oo + i·os]}.
 *
 * <p>What limits them beside the multiply-adds is the number of instructions, the more so where a
 * core is shared with another thread. So the loop counts the index of one factor, the other's is a
 * constant multiple of it plus an offset, and C2 checks neither in the loop.
 */
final class MicroKernels {
  private static final int STRIDE = Tiles.LEFT_STRIDE;
  private static final int PER_LEFT = WIDTH / STRIDE;

  private MicroKernels() {}

  /** For 32 registers. */
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
    int toLeft = ao - bo;
    int end = bo + depth * WIDTH;
    for (int right = bo; right < end; right += WIDTH) {
      int left = right + toLeft;
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

  /** For 32 registers and few columns: four chains would wait for each other. */
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
    int toLeft = ao - bo;
    int end = bo + depth * WIDTH;
    for (int right = bo; right < end; right += WIDTH) {
      int left = right + toLeft;
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

  /**
   * For 16 registers, of which it takes 15. Two values of k a turn, since the loop's own
   * instructions count. C2 would load several numbers of A before the first use of one, more than
   * there are registers for; it loads none across a fence, which on x86 is no instruction.
   */
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
    int toRight = bo - ao * PER_LEFT;
    int pairs = ao + (depth & ~1) * STRIDE;
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

  /** For 16 registers and few columns, of two panels of A that stand one behind the other. */
  static void twelveByOne(
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
    FloatVector c0 = FloatVector.fromArray(SPECIES, start, so);
    FloatVector c1 = FloatVector.fromArray(SPECIES, start, so + ss);
    FloatVector c2 = FloatVector.fromArray(SPECIES, start, so + 2 * ss);
    FloatVector c3 = FloatVector.fromArray(SPECIES, start, so + 3 * ss);
    FloatVector c4 = FloatVector.fromArray(SPECIES, start, so + 4 * ss);
    FloatVector c5 = FloatVector.fromArray(SPECIES, start, so + 5 * ss);
    FloatVector c6 = FloatVector.fromArray(SPECIES, start, so + 6 * ss);
    FloatVector c7 = FloatVector.fromArray(SPECIES, start, so + 7 * ss);
    FloatVector c8 = FloatVector.fromArray(SPECIES, start, so + 8 * ss);
    FloatVector c9 = FloatVector.fromArray(SPECIES, start, so + 9 * ss);
    FloatVector c10 = FloatVector.fromArray(SPECIES, start, so + 10 * ss);
    FloatVector c11 = FloatVector.fromArray(SPECIES, start, so + 11 * ss);
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
    c0.intoArray(out, oo);
    c1.intoArray(out, oo + os);
    c2.intoArray(out, oo + 2 * os);
    c3.intoArray(out, oo + 3 * os);
    c4.intoArray(out, oo + 4 * os);
    c5.intoArray(out, oo + 5 * os);
    c6.intoArray(out, oo + 6 * os);
    c7.intoArray(out, oo + 7 * os);
    c8.intoArray(out, oo + 8 * os);
    c9.intoArray(out, oo + 9 * os);
    c10.intoArray(out, oo + 10 * os);
    c11.intoArray(out, oo + 11 * os);
  }

  /** For 16 registers, few columns and the last rows. */
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
    c00.intoArray(out, oo);
    c10.intoArray(out, oo + os);
    c20.intoArray(out, oo + 2 * os);
    c30.intoArray(out, oo + 3 * os);
    c40.intoArray(out, oo + 4 * os);
    c50.intoArray(out, oo + 5 * os);
  }
}
