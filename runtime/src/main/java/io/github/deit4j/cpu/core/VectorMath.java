package io.github.deit4j.cpu.core;

import static io.github.deit4j.cpu.core.ScalarMath.*;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link ScalarMath} on the widest vectors of the machine, to the same bits, and the 16-lane rule
 * on two halves of eight lanes, which AVX2 has too. The species has to be a constant where it is
 * used, so it is no parameter.
 */
public final class VectorMath {
  public static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;

  /** The class of vectors of eight lanes: for casts, by which C2 knows it (see the package). */
  public static final Class<? extends Vector<Float>> EIGHT_TYPE = EIGHT.vectorType();

  /** For ops in which each element stands alone, so that the width cannot change a bit. */
  public static final VectorSpecies<Float> WIDE = FloatVector.SPECIES_PREFERRED;

  /** The class of the widest vectors. */
  public static final Class<? extends Vector<Float>> WIDE_TYPE = WIDE.vectorType();

  /** How many numbers the widest vectors hold. */
  public static final int LANES = WIDE.length();

  /** The class of memory outside the heap: for casts, by which C2 asks no segment what it is. */
  public static final Class<? extends MemorySegment> NATIVE = MemorySegment.NULL.getClass();

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final VectorShuffle<Float> DOWN_4 = VectorShuffle.iota(EIGHT, 4, 1, true);
  private static final VectorShuffle<Float> DOWN_2 = VectorShuffle.iota(EIGHT, 2, 1, true);

  private VectorMath() {}

  /** Returns a vector of eight lanes as what it is, for C2. */
  public static FloatVector eight(FloatVector vector) {
    return (FloatVector) EIGHT_TYPE.cast(vector);
  }

  /** Returns eight numbers from byte {@code at} on. */
  public static FloatVector eight(MemorySegment memory, long at) {
    return (FloatVector)
        EIGHT_TYPE.cast(FloatVector.fromMemorySegment(EIGHT, NATIVE.cast(memory), at, ORDER));
  }

  /** Returns eight numbers from element {@code at} on. */
  public static FloatVector eight(float[] array, int at) {
    return (FloatVector) EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, array, at));
  }

  /** Returns as many numbers as a vector has lanes, from byte {@code at} on. */
  public static FloatVector wide(MemorySegment memory, long at) {
    return (FloatVector)
        WIDE_TYPE.cast(FloatVector.fromMemorySegment(WIDE, NATIVE.cast(memory), at, ORDER));
  }

  /** Returns as many numbers as a vector has lanes, from element {@code at} on. */
  public static FloatVector wide(float[] array, int at) {
    return (FloatVector) WIDE_TYPE.cast(FloatVector.fromArray(WIDE, array, at));
  }

  /**
   * Returns e^x. Its long chain of multiply-adds is limited by the processor's window and not by
   * its arithmetic: the widest vectors get more of it in flight.
   */
  public static FloatVector exp(FloatVector x) {
    FloatVector bounded = x.blend(EXP_LOWEST, x.lt(EXP_LOWEST));
    FloatVector rounded =
        bounded.fma(FloatVector.broadcast(WIDE, LOG2_E), FloatVector.broadcast(WIDE, ROUND));
    FloatVector whole = rounded.sub(ROUND);
    FloatVector r = whole.fma(FloatVector.broadcast(WIDE, -LN2_HIGH), bounded);
    r = whole.fma(FloatVector.broadcast(WIDE, -LN2_LOW), r);
    FloatVector q = FloatVector.broadcast(WIDE, EXP_6).fma(r, FloatVector.broadcast(WIDE, EXP_5));
    q = q.fma(r, FloatVector.broadcast(WIDE, EXP_4));
    q = q.fma(r, FloatVector.broadcast(WIDE, EXP_3));
    q = q.fma(r, FloatVector.broadcast(WIDE, EXP_2));
    FloatVector power = r.mul(r).fma(q, r).add(1f);
    IntVector exponent =
        rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).add(ONE_BITS);
    return power.mul(exponent.reinterpretAsFloats());
  }

  public static FloatVector bell(FloatVector x) {
    return exp(x.mul(x).mul(-0.5f));
  }

  public static FloatVector normalCdf(FloatVector x, FloatVector bell) {
    FloatVector one = FloatVector.broadcast(WIDE, 1f);
    FloatVector u = one.div(x.abs().fma(FloatVector.broadcast(WIDE, PHI_SCALE), one));
    FloatVector p = FloatVector.broadcast(WIDE, PHI_7).fma(u, FloatVector.broadcast(WIDE, PHI_6));
    p = p.fma(u, FloatVector.broadcast(WIDE, PHI_5));
    p = p.fma(u, FloatVector.broadcast(WIDE, PHI_4));
    p = p.fma(u, FloatVector.broadcast(WIDE, PHI_3));
    p = p.fma(u, FloatVector.broadcast(WIDE, PHI_2));
    p = p.fma(u, FloatVector.broadcast(WIDE, PHI_1));
    FloatVector tail = p.mul(u).mul(bell);
    return one.sub(tail).blend(tail, x.lt(0f));
  }

  /**
   * Adds up a row in memory by the rule of {@link Lanes}.
   *
   * @param start where the row begins, in bytes
   * @param width its numbers, a multiple of 16
   */
  public static float rowSum(MemorySegment x, long start, int width) {
    FloatVector low = FloatVector.zero(EIGHT);
    FloatVector high = FloatVector.zero(EIGHT);
    for (int j = 0; j < width; j += Lanes.COUNT) {
      low = eight(x, start + 4L * j).add(low);
      high = eight(x, start + 4L * j + 32).add(high);
    }
    return sum(low, high);
  }

  /** Adds up a row in an array by the rule of {@link Lanes}; its length is a multiple of 16. */
  public static float rowSum(float[] x, int start, int end) {
    FloatVector low = FloatVector.zero(EIGHT);
    FloatVector high = FloatVector.zero(EIGHT);
    for (int j = start; j < end; j += Lanes.COUNT) {
      // Written out, and the end too: C2 inlines this where it inlines no more helpers.
      low = ((FloatVector) EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, x, j))).add(low);
      high = ((FloatVector) EIGHT_TYPE.cast(FloatVector.fromArray(EIGHT, x, j + 8))).add(high);
    }
    FloatVector sum = ((FloatVector) EIGHT_TYPE.cast(low)).add(high);
    sum = sum.add(sum.rearrange(DOWN_4));
    sum = sum.add(sum.rearrange(DOWN_2));
    return sum.lane(0) + sum.lane(1);
  }

  /** Adds the 16 lanes of two vectors by the rule of {@link Lanes}. */
  public static float sum(FloatVector low, FloatVector high) {
    FloatVector sum = eight(low).add(high);
    sum = sum.add(sum.rearrange(DOWN_4));
    sum = sum.add(sum.rearrange(DOWN_2));
    return sum.lane(0) + sum.lane(1);
  }
}
