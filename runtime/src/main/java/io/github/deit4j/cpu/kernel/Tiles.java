package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernels of {@link VectorGemm}: four rows by four, two or one vectors of C stay in
 * registers while k runs. C comes and goes through a small array, [ROWS][WIDTH].
 *
 * <p>Written out, and calling the JDK's force-inlined methods directly: C2 stops inlining helpers
 * into methods with this many vectors (NodeCountInliningCutoff), and then boxes them. Sixteen
 * accumulators, not the 24 that would fit, and arrays, not segments: C1 gives a method up ("out of
 * virtual registers") beyond about 48 loads and stores of segments or 80 of arrays, which can leave
 * it uncompiled for good; and C2 proves array indices in bounds where it would have to check a
 * segment's session.
 */
final class Tiles {
  static final int ROWS = 4;
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  /** Columns of the widest tile: four vectors where there are 32 registers, else two. */
  static final int WIDTH = LANES >= 16 ? 4 * LANES : 2 * LANES;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private Tiles() {}

  /** Copies rows of a matrix into the tile. */
  static void load(float[] tile, Matrix from, int row, int column, int rows, int columns) {
    MemorySegment memory = from.memory();
    for (int i = 0; i < rows; i++) {
      long at = from.byteOffset(row + i, column);
      if (columns == WIDTH) {
        // A constant number of vectors, so that this is unrolled.
        for (int j = 0; j < WIDTH; j += LANES) {
          FloatVector.fromMemorySegment(SPECIES, memory, at + 4L * j, ORDER)
              .intoArray(tile, i * WIDTH + j);
        }
      } else {
        MemorySegment.copy(memory, JAVA_FLOAT, at, tile, i * WIDTH, columns);
      }
    }
  }

  /** Copies rows of the tile into a matrix. */
  static void store(float[] tile, Matrix to, int row, int column, int rows, int columns) {
    MemorySegment memory = to.memory();
    for (int i = 0; i < rows; i++) {
      long at = to.byteOffset(row + i, column);
      if (columns == WIDTH) {
        for (int j = 0; j < WIDTH; j += LANES) {
          FloatVector.fromArray(SPECIES, tile, i * WIDTH + j)
              .intoMemorySegment(memory, at + 4L * j, ORDER);
        }
      } else {
        MemorySegment.copy(tile, i * WIDTH, memory, JAVA_FLOAT, at, columns);
      }
    }
  }

  /**
   * Continues the chains of a tile over {@code depth} values of k.
   *
   * @param columns how many columns are wanted, at most WIDTH; a few more may be computed
   * @param a left factor: element (i, k) at {@code ao + i·ars + k·aks}
   * @param b right factor, packed: row k at {@code bo + k·WIDTH}
   * @param tile where the chains stand, and then their ends
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
      float[] tile) {
    if (columns > 2 * LANES) {
      fourByFour(depth, a, ao, ars, aks, b, bo, tile);
    } else if (columns > LANES) {
      fourByTwo(depth, a, ao, ars, aks, b, bo, tile);
    } else {
      fourByOne(depth, a, ao, ars, aks, b, bo, tile);
    }
  }

  private static void fourByFour(
      int depth, float[] a, int ao, int ars, int aks, float[] b, int bo, float[] tile) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, tile, 0);
    FloatVector c01 = FloatVector.fromArray(SPECIES, tile, LANES);
    FloatVector c02 = FloatVector.fromArray(SPECIES, tile, 2 * LANES);
    FloatVector c03 = FloatVector.fromArray(SPECIES, tile, 3 * LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, tile, WIDTH);
    FloatVector c11 = FloatVector.fromArray(SPECIES, tile, WIDTH + LANES);
    FloatVector c12 = FloatVector.fromArray(SPECIES, tile, WIDTH + 2 * LANES);
    FloatVector c13 = FloatVector.fromArray(SPECIES, tile, WIDTH + 3 * LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, tile, 2 * WIDTH);
    FloatVector c21 = FloatVector.fromArray(SPECIES, tile, 2 * WIDTH + LANES);
    FloatVector c22 = FloatVector.fromArray(SPECIES, tile, 2 * WIDTH + 2 * LANES);
    FloatVector c23 = FloatVector.fromArray(SPECIES, tile, 2 * WIDTH + 3 * LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, tile, 3 * WIDTH);
    FloatVector c31 = FloatVector.fromArray(SPECIES, tile, 3 * WIDTH + LANES);
    FloatVector c32 = FloatVector.fromArray(SPECIES, tile, 3 * WIDTH + 2 * LANES);
    FloatVector c33 = FloatVector.fromArray(SPECIES, tile, 3 * WIDTH + 3 * LANES);
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
    c00.intoArray(tile, 0);
    c01.intoArray(tile, LANES);
    c02.intoArray(tile, 2 * LANES);
    c03.intoArray(tile, 3 * LANES);
    c10.intoArray(tile, WIDTH);
    c11.intoArray(tile, WIDTH + LANES);
    c12.intoArray(tile, WIDTH + 2 * LANES);
    c13.intoArray(tile, WIDTH + 3 * LANES);
    c20.intoArray(tile, 2 * WIDTH);
    c21.intoArray(tile, 2 * WIDTH + LANES);
    c22.intoArray(tile, 2 * WIDTH + 2 * LANES);
    c23.intoArray(tile, 2 * WIDTH + 3 * LANES);
    c30.intoArray(tile, 3 * WIDTH);
    c31.intoArray(tile, 3 * WIDTH + LANES);
    c32.intoArray(tile, 3 * WIDTH + 2 * LANES);
    c33.intoArray(tile, 3 * WIDTH + 3 * LANES);
  }

  private static void fourByTwo(
      int depth, float[] a, int ao, int ars, int aks, float[] b, int bo, float[] tile) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, tile, 0);
    FloatVector c01 = FloatVector.fromArray(SPECIES, tile, LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, tile, WIDTH);
    FloatVector c11 = FloatVector.fromArray(SPECIES, tile, WIDTH + LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, tile, 2 * WIDTH);
    FloatVector c21 = FloatVector.fromArray(SPECIES, tile, 2 * WIDTH + LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, tile, 3 * WIDTH);
    FloatVector c31 = FloatVector.fromArray(SPECIES, tile, 3 * WIDTH + LANES);
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
    c00.intoArray(tile, 0);
    c01.intoArray(tile, LANES);
    c10.intoArray(tile, WIDTH);
    c11.intoArray(tile, WIDTH + LANES);
    c20.intoArray(tile, 2 * WIDTH);
    c21.intoArray(tile, 2 * WIDTH + LANES);
    c30.intoArray(tile, 3 * WIDTH);
    c31.intoArray(tile, 3 * WIDTH + LANES);
  }

  private static void fourByOne(
      int depth, float[] a, int ao, int ars, int aks, float[] b, int bo, float[] tile) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, tile, 0);
    FloatVector c10 = FloatVector.fromArray(SPECIES, tile, WIDTH);
    FloatVector c20 = FloatVector.fromArray(SPECIES, tile, 2 * WIDTH);
    FloatVector c30 = FloatVector.fromArray(SPECIES, tile, 3 * WIDTH);
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
    c00.intoArray(tile, 0);
    c10.intoArray(tile, WIDTH);
    c20.intoArray(tile, 2 * WIDTH);
    c30.intoArray(tile, 3 * WIDTH);
  }
}
