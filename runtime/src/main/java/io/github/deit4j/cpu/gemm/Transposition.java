package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.core.VectorMath.NATIVE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.VectorMath;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Eight rows on their way into a panel, where they are columns: eight numbers of each at a time,
 * written out for the reason given in {@link Tiles}.
 */
final class Transposition {
  private static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;
  private static final int BLOCK = 8;

  // A transposition exchanges elements whose numbers differ in one bit, bit after bit.
  private static final VectorShuffle<Float> XOR_4 = VectorShuffle.fromOp(EIGHT, lane -> lane ^ 4);
  private static final VectorShuffle<Float> XOR_2 = VectorShuffle.fromOp(EIGHT, lane -> lane ^ 2);
  private static final VectorShuffle<Float> XOR_1 = VectorShuffle.fromOp(EIGHT, lane -> lane ^ 1);
  private static final VectorMask<Float> WITH_4 = VectorMask.fromLong(EIGHT, 0b11110000);
  private static final VectorMask<Float> WITH_2 = VectorMask.fromLong(EIGHT, 0b11001100);
  private static final VectorMask<Float> WITH_1 = VectorMask.fromLong(EIGHT, 0b10101010);

  private Transposition() {}

  /**
   * Makes eight rows of an array columns.
   *
   * @param at where the first row starts
   * @param stride from one row to the next
   * @param depth numbers of a row
   * @param to where the columns start
   * @param width from one row of the result to the next
   */
  static void eightRows(
      float[] a, int at, int stride, int depth, float[] packed, int to, int width) {
    int whole = EIGHT.loopBound(depth);
    int target = to;
    for (int k = at; k < at + whole; k += BLOCK) {
      FloatVector r0 = VectorMath.eight(a, k);
      FloatVector r1 = VectorMath.eight(a, k + stride);
      FloatVector r2 = VectorMath.eight(a, k + 2 * stride);
      FloatVector r3 = VectorMath.eight(a, k + 3 * stride);
      FloatVector r4 = VectorMath.eight(a, k + 4 * stride);
      FloatVector r5 = VectorMath.eight(a, k + 5 * stride);
      FloatVector r6 = VectorMath.eight(a, k + 6 * stride);
      FloatVector r7 = VectorMath.eight(a, k + 7 * stride);
      FloatVector s0 = r0.blend(r4.rearrange(XOR_4), WITH_4);
      FloatVector s4 = r0.rearrange(XOR_4).blend(r4, WITH_4);
      FloatVector s1 = r1.blend(r5.rearrange(XOR_4), WITH_4);
      FloatVector s5 = r1.rearrange(XOR_4).blend(r5, WITH_4);
      FloatVector s2 = r2.blend(r6.rearrange(XOR_4), WITH_4);
      FloatVector s6 = r2.rearrange(XOR_4).blend(r6, WITH_4);
      FloatVector s3 = r3.blend(r7.rearrange(XOR_4), WITH_4);
      FloatVector s7 = r3.rearrange(XOR_4).blend(r7, WITH_4);
      r0 = s0.blend(s2.rearrange(XOR_2), WITH_2);
      r2 = s0.rearrange(XOR_2).blend(s2, WITH_2);
      r1 = s1.blend(s3.rearrange(XOR_2), WITH_2);
      r3 = s1.rearrange(XOR_2).blend(s3, WITH_2);
      r4 = s4.blend(s6.rearrange(XOR_2), WITH_2);
      r6 = s4.rearrange(XOR_2).blend(s6, WITH_2);
      r5 = s5.blend(s7.rearrange(XOR_2), WITH_2);
      r7 = s5.rearrange(XOR_2).blend(s7, WITH_2);
      r0.blend(r1.rearrange(XOR_1), WITH_1).intoArray(packed, target);
      r0.rearrange(XOR_1).blend(r1, WITH_1).intoArray(packed, target + width);
      r2.blend(r3.rearrange(XOR_1), WITH_1).intoArray(packed, target + 2 * width);
      r2.rearrange(XOR_1).blend(r3, WITH_1).intoArray(packed, target + 3 * width);
      r4.blend(r5.rearrange(XOR_1), WITH_1).intoArray(packed, target + 4 * width);
      r4.rearrange(XOR_1).blend(r5, WITH_1).intoArray(packed, target + 5 * width);
      r6.blend(r7.rearrange(XOR_1), WITH_1).intoArray(packed, target + 6 * width);
      r6.rearrange(XOR_1).blend(r7, WITH_1).intoArray(packed, target + 7 * width);
      target += BLOCK * width;
    }
    for (int k = whole; k < depth; k++) {
      for (int i = 0; i < BLOCK; i++) {
        packed[to + k * width + i] = a[at + i * stride + k];
      }
    }
  }

  /**
   * Makes eight rows of a matrix columns, from column {@code k0} on. Straight from memory: a copy
   * of the rows that is transposed afterwards waits for memory alone (forward products at batch 1
   * 1.00 to 1.04).
   */
  static void eightRows(Matrix a, int row, int k0, int depth, float[] packed, int to, int width) {
    MemorySegment memory = NATIVE.cast(a.memory());
    int whole = EIGHT.loopBound(depth);
    long stride = 4 * a.rowStride();
    long at = a.byteOffset(row, k0);
    int target = to;
    for (int i = 0; i < whole; i += BLOCK) {
      long k = at + 4L * i;
      FloatVector r0 = VectorMath.eight(memory, k);
      FloatVector r1 = VectorMath.eight(memory, k + stride);
      FloatVector r2 = VectorMath.eight(memory, k + 2 * stride);
      FloatVector r3 = VectorMath.eight(memory, k + 3 * stride);
      FloatVector r4 = VectorMath.eight(memory, k + 4 * stride);
      FloatVector r5 = VectorMath.eight(memory, k + 5 * stride);
      FloatVector r6 = VectorMath.eight(memory, k + 6 * stride);
      FloatVector r7 = VectorMath.eight(memory, k + 7 * stride);
      FloatVector s0 = r0.blend(r4.rearrange(XOR_4), WITH_4);
      FloatVector s4 = r0.rearrange(XOR_4).blend(r4, WITH_4);
      FloatVector s1 = r1.blend(r5.rearrange(XOR_4), WITH_4);
      FloatVector s5 = r1.rearrange(XOR_4).blend(r5, WITH_4);
      FloatVector s2 = r2.blend(r6.rearrange(XOR_4), WITH_4);
      FloatVector s6 = r2.rearrange(XOR_4).blend(r6, WITH_4);
      FloatVector s3 = r3.blend(r7.rearrange(XOR_4), WITH_4);
      FloatVector s7 = r3.rearrange(XOR_4).blend(r7, WITH_4);
      r0 = s0.blend(s2.rearrange(XOR_2), WITH_2);
      r2 = s0.rearrange(XOR_2).blend(s2, WITH_2);
      r1 = s1.blend(s3.rearrange(XOR_2), WITH_2);
      r3 = s1.rearrange(XOR_2).blend(s3, WITH_2);
      r4 = s4.blend(s6.rearrange(XOR_2), WITH_2);
      r6 = s4.rearrange(XOR_2).blend(s6, WITH_2);
      r5 = s5.blend(s7.rearrange(XOR_2), WITH_2);
      r7 = s5.rearrange(XOR_2).blend(s7, WITH_2);
      r0.blend(r1.rearrange(XOR_1), WITH_1).intoArray(packed, target);
      r0.rearrange(XOR_1).blend(r1, WITH_1).intoArray(packed, target + width);
      r2.blend(r3.rearrange(XOR_1), WITH_1).intoArray(packed, target + 2 * width);
      r2.rearrange(XOR_1).blend(r3, WITH_1).intoArray(packed, target + 3 * width);
      r4.blend(r5.rearrange(XOR_1), WITH_1).intoArray(packed, target + 4 * width);
      r4.rearrange(XOR_1).blend(r5, WITH_1).intoArray(packed, target + 5 * width);
      r6.blend(r7.rearrange(XOR_1), WITH_1).intoArray(packed, target + 6 * width);
      r6.rearrange(XOR_1).blend(r7, WITH_1).intoArray(packed, target + 7 * width);
      target += BLOCK * width;
    }
    for (int k = whole; k < depth; k++) {
      for (int i = 0; i < BLOCK; i++) {
        packed[to + k * width + i] = memory.get(JAVA_FLOAT, at + i * stride + 4L * k);
      }
    }
  }
}
