package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernels of {@link VectorGemm}: six rows by four, two or one vectors of C stay in
 * registers while k runs. Six by four takes 29 of AVX-512's 32 registers, six by two takes 15 of
 * AVX2's 16.
 *
 * <p>Written out, and calling the JDK's force-inlined methods directly: C2 stops inlining helpers
 * into methods with this many vectors (NodeCountInliningCutoff), and then boxes them. C is loaded
 * first, never added at the end: that would double the vector operations, and C1 gives up above
 * about 134.
 */
final class Tiles {
  static final int ROWS = 6;
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  /** Columns of the widest tile: four vectors where there are 32 registers, else two. */
  static final int WIDTH = LANES >= 16 ? 4 * LANES : 2 * LANES;

  private static final long V = 4L * LANES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private Tiles() {}

  /**
   * Computes one tile of {@code ROWS × columns}, columns being 4, 2 or 1 × {@link #LANES}. All
   * offsets and strides are in bytes.
   *
   * @param a left factor: element (i, k) at {@code ao + i·ars + k·aks}
   * @param b right factor, packed: row k at {@code bo + k·bks}
   * @param init start of the chains: row i at {@code io + i·irs}
   * @param c result: row i at {@code co + i·crs}
   */
  static void multiply(
      int columns, int depth,
      MemorySegment a, long ao, long ars, long aks,
      MemorySegment b, long bo, long bks,
      MemorySegment init, long io, long irs,
      MemorySegment c, long co, long crs) {
    if (columns == 4 * LANES) {
      sixByFour(depth, a, ao, ars, aks, b, bo, bks, init, io, irs, c, co, crs);
    } else if (columns == 2 * LANES) {
      sixByTwo(depth, a, ao, ars, aks, b, bo, bks, init, io, irs, c, co, crs);
    } else {
      sixByOne(depth, a, ao, ars, aks, b, bo, bks, init, io, irs, c, co, crs);
    }
  }

  private static void sixByFour(
      int depth,
      MemorySegment a, long ao, long ars, long aks,
      MemorySegment b, long bo, long bks,
      MemorySegment init, long io, long irs,
      MemorySegment c, long co, long crs) {
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
    start += irs;
    FloatVector c40 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    FloatVector c41 = FloatVector.fromMemorySegment(SPECIES, init, start + V, ORDER);
    FloatVector c42 = FloatVector.fromMemorySegment(SPECIES, init, start + 2 * V, ORDER);
    FloatVector c43 = FloatVector.fromMemorySegment(SPECIES, init, start + 3 * V, ORDER);
    start += irs;
    FloatVector c50 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    FloatVector c51 = FloatVector.fromMemorySegment(SPECIES, init, start + V, ORDER);
    FloatVector c52 = FloatVector.fromMemorySegment(SPECIES, init, start + 2 * V, ORDER);
    FloatVector c53 = FloatVector.fromMemorySegment(SPECIES, init, start + 3 * V, ORDER);
    long a0 = ao;
    long a1 = a0 + ars;
    long a2 = a1 + ars;
    long a3 = a2 + ars;
    long a4 = a3 + ars;
    long a5 = a4 + ars;
    long at = bo;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, b, at, ORDER);
      FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, b, at + V, ORDER);
      FloatVector b2 = FloatVector.fromMemorySegment(SPECIES, b, at + 2 * V, ORDER);
      FloatVector b3 = FloatVector.fromMemorySegment(SPECIES, b, at + 3 * V, ORDER);
      FloatVector x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a0));
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      c02 = x.fma(b2, c02);
      c03 = x.fma(b3, c03);
      x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a1));
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      c12 = x.fma(b2, c12);
      c13 = x.fma(b3, c13);
      x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a2));
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      c22 = x.fma(b2, c22);
      c23 = x.fma(b3, c23);
      x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a3));
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      c32 = x.fma(b2, c32);
      c33 = x.fma(b3, c33);
      x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a4));
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
      c42 = x.fma(b2, c42);
      c43 = x.fma(b3, c43);
      x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a5));
      c50 = x.fma(b0, c50);
      c51 = x.fma(b1, c51);
      c52 = x.fma(b2, c52);
      c53 = x.fma(b3, c53);
      a0 += aks;
      a1 += aks;
      a2 += aks;
      a3 += aks;
      a4 += aks;
      a5 += aks;
      at += bks;
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
    end += crs;
    c40.intoMemorySegment(c, end, ORDER);
    c41.intoMemorySegment(c, end + V, ORDER);
    c42.intoMemorySegment(c, end + 2 * V, ORDER);
    c43.intoMemorySegment(c, end + 3 * V, ORDER);
    end += crs;
    c50.intoMemorySegment(c, end, ORDER);
    c51.intoMemorySegment(c, end + V, ORDER);
    c52.intoMemorySegment(c, end + 2 * V, ORDER);
    c53.intoMemorySegment(c, end + 3 * V, ORDER);
  }

  private static void sixByTwo(
      int depth,
      MemorySegment a, long ao, long ars, long aks,
      MemorySegment b, long bo, long bks,
      MemorySegment init, long io, long irs,
      MemorySegment c, long co, long crs) {
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
    start += irs;
    FloatVector c40 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    FloatVector c41 = FloatVector.fromMemorySegment(SPECIES, init, start + V, ORDER);
    start += irs;
    FloatVector c50 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    FloatVector c51 = FloatVector.fromMemorySegment(SPECIES, init, start + V, ORDER);
    long a0 = ao;
    long a1 = a0 + ars;
    long a2 = a1 + ars;
    long a3 = a2 + ars;
    long a4 = a3 + ars;
    long a5 = a4 + ars;
    long at = bo;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, b, at, ORDER);
      FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, b, at + V, ORDER);
      FloatVector x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a0));
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a1));
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a2));
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a3));
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a4));
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
      x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a5));
      c50 = x.fma(b0, c50);
      c51 = x.fma(b1, c51);
      a0 += aks;
      a1 += aks;
      a2 += aks;
      a3 += aks;
      a4 += aks;
      a5 += aks;
      at += bks;
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
    end += crs;
    c40.intoMemorySegment(c, end, ORDER);
    c41.intoMemorySegment(c, end + V, ORDER);
    end += crs;
    c50.intoMemorySegment(c, end, ORDER);
    c51.intoMemorySegment(c, end + V, ORDER);
  }

  private static void sixByOne(
      int depth,
      MemorySegment a, long ao, long ars, long aks,
      MemorySegment b, long bo, long bks,
      MemorySegment init, long io, long irs,
      MemorySegment c, long co, long crs) {
    long start = io;
    FloatVector c00 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    start += irs;
    FloatVector c10 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    start += irs;
    FloatVector c20 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    start += irs;
    FloatVector c30 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    start += irs;
    FloatVector c40 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    start += irs;
    FloatVector c50 = FloatVector.fromMemorySegment(SPECIES, init, start, ORDER);
    long a0 = ao;
    long a1 = a0 + ars;
    long a2 = a1 + ars;
    long a3 = a2 + ars;
    long a4 = a3 + ars;
    long a5 = a4 + ars;
    long at = bo;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, b, at, ORDER);
      FloatVector x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a0));
      c00 = x.fma(b0, c00);
      x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a1));
      c10 = x.fma(b0, c10);
      x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a2));
      c20 = x.fma(b0, c20);
      x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a3));
      c30 = x.fma(b0, c30);
      x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a4));
      c40 = x.fma(b0, c40);
      x = FloatVector.broadcast(SPECIES, a.get(JAVA_FLOAT, a5));
      c50 = x.fma(b0, c50);
      a0 += aks;
      a1 += aks;
      a2 += aks;
      a3 += aks;
      a4 += aks;
      a5 += aks;
      at += bks;
    }
    long end = co;
    c00.intoMemorySegment(c, end, ORDER);
    end += crs;
    c10.intoMemorySegment(c, end, ORDER);
    end += crs;
    c20.intoMemorySegment(c, end, ORDER);
    end += crs;
    c30.intoMemorySegment(c, end, ORDER);
    end += crs;
    c40.intoMemorySegment(c, end, ORDER);
    end += crs;
    c50.intoMemorySegment(c, end, ORDER);
  }
}
