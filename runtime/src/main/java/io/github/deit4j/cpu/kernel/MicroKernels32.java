package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.Tiles.BLOCK;
import static io.github.deit4j.cpu.kernel.Tiles.LANES;
import static io.github.deit4j.cpu.kernel.Tiles.SPECIES;
import static io.github.deit4j.cpu.kernel.Tiles.WIDTH;

import jdk.incubator.vector.FloatVector;

/** The micro-kernels for 32 vector registers; all else is as in {@link MicroKernels16}. */
final class MicroKernels32 {
  private MicroKernels32() {}

  /** Four rows by four vectors. */
  static void fourByFour(int depth, float[] a, int ao, float[] b, int bo, float[] block, int at) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, block, at);
    FloatVector c01 = FloatVector.fromArray(SPECIES, block, at + LANES);
    FloatVector c02 = FloatVector.fromArray(SPECIES, block, at + 2 * LANES);
    FloatVector c03 = FloatVector.fromArray(SPECIES, block, at + 3 * LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, block, at + BLOCK);
    FloatVector c11 = FloatVector.fromArray(SPECIES, block, at + BLOCK + LANES);
    FloatVector c12 = FloatVector.fromArray(SPECIES, block, at + BLOCK + 2 * LANES);
    FloatVector c13 = FloatVector.fromArray(SPECIES, block, at + BLOCK + 3 * LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, block, at + 2 * BLOCK);
    FloatVector c21 = FloatVector.fromArray(SPECIES, block, at + 2 * BLOCK + LANES);
    FloatVector c22 = FloatVector.fromArray(SPECIES, block, at + 2 * BLOCK + 2 * LANES);
    FloatVector c23 = FloatVector.fromArray(SPECIES, block, at + 2 * BLOCK + 3 * LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, block, at + 3 * BLOCK);
    FloatVector c31 = FloatVector.fromArray(SPECIES, block, at + 3 * BLOCK + LANES);
    FloatVector c32 = FloatVector.fromArray(SPECIES, block, at + 3 * BLOCK + 2 * LANES);
    FloatVector c33 = FloatVector.fromArray(SPECIES, block, at + 3 * BLOCK + 3 * LANES);
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
    c00.intoArray(block, at);
    c01.intoArray(block, at + LANES);
    c02.intoArray(block, at + 2 * LANES);
    c03.intoArray(block, at + 3 * LANES);
    c10.intoArray(block, at + BLOCK);
    c11.intoArray(block, at + BLOCK + LANES);
    c12.intoArray(block, at + BLOCK + 2 * LANES);
    c13.intoArray(block, at + BLOCK + 3 * LANES);
    c20.intoArray(block, at + 2 * BLOCK);
    c21.intoArray(block, at + 2 * BLOCK + LANES);
    c22.intoArray(block, at + 2 * BLOCK + 2 * LANES);
    c23.intoArray(block, at + 2 * BLOCK + 3 * LANES);
    c30.intoArray(block, at + 3 * BLOCK);
    c31.intoArray(block, at + 3 * BLOCK + LANES);
    c32.intoArray(block, at + 3 * BLOCK + 2 * LANES);
    c33.intoArray(block, at + 3 * BLOCK + 3 * LANES);
  }

  /** For few columns: four chains would wait for each other. */
  static void eightByOne(int depth, float[] a, int ao, float[] b, int bo, float[] block, int at) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, block, at);
    FloatVector c10 = FloatVector.fromArray(SPECIES, block, at + BLOCK);
    FloatVector c20 = FloatVector.fromArray(SPECIES, block, at + 2 * BLOCK);
    FloatVector c30 = FloatVector.fromArray(SPECIES, block, at + 3 * BLOCK);
    FloatVector c40 = FloatVector.fromArray(SPECIES, block, at + 4 * BLOCK);
    FloatVector c50 = FloatVector.fromArray(SPECIES, block, at + 5 * BLOCK);
    FloatVector c60 = FloatVector.fromArray(SPECIES, block, at + 6 * BLOCK);
    FloatVector c70 = FloatVector.fromArray(SPECIES, block, at + 7 * BLOCK);
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
    c00.intoArray(block, at);
    c10.intoArray(block, at + BLOCK);
    c20.intoArray(block, at + 2 * BLOCK);
    c30.intoArray(block, at + 3 * BLOCK);
    c40.intoArray(block, at + 4 * BLOCK);
    c50.intoArray(block, at + 5 * BLOCK);
    c60.intoArray(block, at + 6 * BLOCK);
    c70.intoArray(block, at + 7 * BLOCK);
  }
}
