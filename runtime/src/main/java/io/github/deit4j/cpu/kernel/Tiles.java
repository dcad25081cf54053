package io.github.deit4j.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernels of {@link VectorGemm}: four rows by four, two or one vectors of C stay in
 * registers while k runs.
 *
 * <p>Written out, and calling the JDK's force-inlined methods directly: C2 stops inlining helpers
 * into methods with this many vectors (NodeCountInliningCutoff), and then boxes them. Sixteen
 * accumulators, not the 24 that would fit: from 20 on, C1 gives the method up ("out of virtual
 * registers"), which can leave it uncompiled for good. The packed factors are arrays, because C2
 * proves array indices in bounds where it would have to check a segment's session in the loop.
 */
final class Tiles {
  static final int ROWS = 4;
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  /** Columns of the widest tile: four vectors where there are 32 registers, else two. */
  static final int WIDTH = LANES >= 16 ? 4 * LANES : 2 * LANES;

  private static final long V = 4L * LANES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private Tiles() {}

  /**
   * Computes one tile of {@code ROWS × columns}, columns being 4, 2 or 1 × {@link #LANES}. Offsets
   * and strides of init and c are in bytes.
   *
   * @param a left factor: element (i, k) at {@code ao + i·ars + k·aks}
   * @param b right factor, packed: row k at {@code bo + k·WIDTH}
   * @param init start of the chains: row i at {@code io + i·irs}
   * @param c result: row i at {@code co + i·crs}
   */
  static void multiply(
      int columns,
      int depth,
      float[] a,
      int ao,
      int ars,
      int aks,
      float[] b,
      int bo,
      MemorySegment init,
      long io,
      long irs,
      MemorySegment c,
      long co,
      long crs) {
    if (columns == 4 * LANES) {
      fourByFour(depth, a, ao, ars, aks, b, bo, init, io, irs, c, co, crs);
    } else if (columns == 2 * LANES) {
      fourByTwo(depth, a, ao, ars, aks, b, bo, init, io, irs, c, co, crs);
    } else {
      fourByOne(depth, a, ao, ars, aks, b, bo, init, io, irs, c, co, crs);
    }
  }

  private static void fourByFour(
      int depth,
      float[] a,
      int ao,
      int ars,
      int aks,
      float[] b,
      int bo,
      MemorySegment init,
      long io,
      long irs,
      MemorySegment c,
      long co,
      long crs) {
    long start = io;
    FloatVector c00 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    FloatVector c01 = FloatVector.fromMemorySegment(SPECIES, init, start + V, ORDER);
    FloatVector c02 = FloatVector.fromMemorySegment(SPECIES, init, start + 2 * V, ORDER);
    FloatVector c03 = FloatVector.fromMemorySegment(SPECIES, init, start + 3 * V, ORDER);
    start += irs;
    FloatVector c10 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    FloatVector c11 = FloatVector.fromMemorySegment(SPECIES, init, start + V, ORDER);
    FloatVector c12 = FloatVector.fromMemorySegment(SPECIES, init, start + 2 * V, ORDER);
    FloatVector c13 = FloatVector.fromMemorySegment(SPECIES, init, start + 3 * V, ORDER);
    start += irs;
    FloatVector c20 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    FloatVector c21 = FloatVector.fromMemorySegment(SPECIES, init, start + V, ORDER);
    FloatVector c22 = FloatVector.fromMemorySegment(SPECIES, init, start + 2 * V, ORDER);
    FloatVector c23 = FloatVector.fromMemorySegment(SPECIES, init, start + 3 * V, ORDER);
    start += irs;
    FloatVector c30 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    FloatVector c31 = FloatVector.fromMemorySegment(SPECIES, init, start + V, ORDER);
    FloatVector c32 = FloatVector.fromMemorySegment(SPECIES, init, start + 2 * V, ORDER);
    FloatVector c33 = FloatVector.fromMemorySegment(SPECIES, init, start + 3 * V, ORDER);
    int a0 = ao;
    int a1 = a0 + ars;
    int a2 = a1 + ars;
    int a3 = a2 + ars;
    int at = bo;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, at);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, at + LANES);
      FloatVector b2 = FloatVector.fromArray(SPECIES, b, at + 2 * LANES);
      FloatVector b3 = FloatVector.fromArray(SPECIES, b, at + 3 * LANES);
      FloatVector x = FloatVector.broadcast(SPECIES, a[a0]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      c02 = x.fma(b2, c02);
      c03 = x.fma(b3, c03);
      x = FloatVector.broadcast(SPECIES, a[a1]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      c12 = x.fma(b2, c12);
      c13 = x.fma(b3, c13);
      x = FloatVector.broadcast(SPECIES, a[a2]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      c22 = x.fma(b2, c22);
      c23 = x.fma(b3, c23);
      x = FloatVector.broadcast(SPECIES, a[a3]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      c32 = x.fma(b2, c32);
      c33 = x.fma(b3, c33);
      a0 += aks;
      a1 += aks;
      a2 += aks;
      a3 += aks;
      at += WIDTH;
    }
    long end = co;
    c00.intoMemorySegment(c, end, ORDER);
    c01.intoMemorySegment(c, end + V, ORDER);
    c02.intoMemorySegment(c, end + 2 * V, ORDER);
    c03.intoMemorySegment(c, end + 3 * V, ORDER);
    end += crs;
    c10.intoMemorySegment(c, end, ORDER);
    c11.intoMemorySegment(c, end + V, ORDER);
    c12.intoMemorySegment(c, end + 2 * V, ORDER);
    c13.intoMemorySegment(c, end + 3 * V, ORDER);
    end += crs;
    c20.intoMemorySegment(c, end, ORDER);
    c21.intoMemorySegment(c, end + V, ORDER);
    c22.intoMemorySegment(c, end + 2 * V, ORDER);
    c23.intoMemorySegment(c, end + 3 * V, ORDER);
    end += crs;
    c30.intoMemorySegment(c, end, ORDER);
    c31.intoMemorySegment(c, end + V, ORDER);
    c32.intoMemorySegment(c, end + 2 * V, ORDER);
    c33.intoMemorySegment(c, end + 3 * V, ORDER);
  }

  private static void fourByTwo(
      int depth,
      float[] a,
      int ao,
      int ars,
      int aks,
      float[] b,
      int bo,
      MemorySegment init,
      long io,
      long irs,
      MemorySegment c,
      long co,
      long crs) {
    long start = io;
    FloatVector c00 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    FloatVector c01 = FloatVector.fromMemorySegment(SPECIES, init, start + V, ORDER);
    start += irs;
    FloatVector c10 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    FloatVector c11 = FloatVector.fromMemorySegment(SPECIES, init, start + V, ORDER);
    start += irs;
    FloatVector c20 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    FloatVector c21 = FloatVector.fromMemorySegment(SPECIES, init, start + V, ORDER);
    start += irs;
    FloatVector c30 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    FloatVector c31 = FloatVector.fromMemorySegment(SPECIES, init, start + V, ORDER);
    int a0 = ao;
    int a1 = a0 + ars;
    int a2 = a1 + ars;
    int a3 = a2 + ars;
    int at = bo;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, at);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, at + LANES);
      FloatVector x = FloatVector.broadcast(SPECIES, a[a0]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(SPECIES, a[a1]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(SPECIES, a[a2]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(SPECIES, a[a3]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      a0 += aks;
      a1 += aks;
      a2 += aks;
      a3 += aks;
      at += WIDTH;
    }
    long end = co;
    c00.intoMemorySegment(c, end, ORDER);
    c01.intoMemorySegment(c, end + V, ORDER);
    end += crs;
    c10.intoMemorySegment(c, end, ORDER);
    c11.intoMemorySegment(c, end + V, ORDER);
    end += crs;
    c20.intoMemorySegment(c, end, ORDER);
    c21.intoMemorySegment(c, end + V, ORDER);
    end += crs;
    c30.intoMemorySegment(c, end, ORDER);
    c31.intoMemorySegment(c, end + V, ORDER);
  }

  private static void fourByOne(
      int depth,
      float[] a,
      int ao,
      int ars,
      int aks,
      float[] b,
      int bo,
      MemorySegment init,
      long io,
      long irs,
      MemorySegment c,
      long co,
      long crs) {
    long start = io;
    FloatVector c00 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    start += irs;
    FloatVector c10 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    start += irs;
    FloatVector c20 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    start += irs;
    FloatVector c30 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    int a0 = ao;
    int a1 = a0 + ars;
    int a2 = a1 + ars;
    int a3 = a2 + ars;
    int at = bo;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, at);
      FloatVector x = FloatVector.broadcast(SPECIES, a[a0]);
      c00 = x.fma(b0, c00);
      x = FloatVector.broadcast(SPECIES, a[a1]);
      c10 = x.fma(b0, c10);
      x = FloatVector.broadcast(SPECIES, a[a2]);
      c20 = x.fma(b0, c20);
      x = FloatVector.broadcast(SPECIES, a[a3]);
      c30 = x.fma(b0, c30);
      a0 += aks;
      a1 += aks;
      a2 += aks;
      a3 += aks;
      at += WIDTH;
    }
    long end = co;
    c00.intoMemorySegment(c, end, ORDER);
    end += crs;
    c10.intoMemorySegment(c, end, ORDER);
    end += crs;
    c20.intoMemorySegment(c, end, ORDER);
    end += crs;
    c30.intoMemorySegment(c, end, ORDER);
  }
}
