package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.Tiles.LANES;
import static io.github.deit4j.cpu.kernel.Tiles.SPECIES;
import static io.github.deit4j.cpu.kernel.Tiles.WIDTH;

import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;

/**
 * The micro-kernel for a left factor in rows: row i of A stands from {@code ao + i·ROW_STRIDE}. All
 * else is as in {@link MicroKernels}.
 */
final class RowMicroKernel {
  private static final int ROW = Tiles.ROW_STRIDE;

  private RowMicroKernel() {}

  /**
   * For 16 registers. Four k a turn: B's place is no multiple of A's that an address can hold, so
   * each turn has to compute it.
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
    int toRight = bo - ao * WIDTH;
    int fours = ao + (depth & ~3);
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
    for (; left < ao + depth; left++) {
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
}
