package io.github.deit4j.cpu.kernel;

import static io.github.deit4j.cpu.kernel.ScalarMath.*;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link ScalarMath} on the widest vectors of the machine, to the same bits, and the 16-lane rule
 * on two halves of eight lanes, which AVX2 has too. The species has to be a constant where it is
 * used, so it is no parameter.
 */
final class VectorMath {
  static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;

  /** For ops in which each element stands alone, so that the width cannot change a bit. */
  static final VectorSpecies<Float> WIDE = FloatVector.SPECIES_PREFERRED;

  private static final VectorSpecies<Integer> WIDE_INTS = IntVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);

  private VectorMath() {}

  static FloatVector exp(FloatVector x) {
    FloatVector bounded = x.blend(EXP_LOWEST, x.lt(EXP_LOWEST));
    bounded = bounded.blend(EXP_HIGHEST, bounded.compare(VectorOperators.GT, EXP_HIGHEST));
    FloatVector rounded =
        bounded.fma(FloatVector.broadcast(WIDE, LOG2_E), FloatVector.broadcast(WIDE, ROUND));
    IntVector n = rounded.reinterpretAsInts().sub(ROUND_BITS);
    FloatVector whole = rounded.sub(ROUND);
    FloatVector r = whole.fma(FloatVector.broadcast(WIDE, -LN2_HIGH), bounded);
    r = whole.fma(FloatVector.broadcast(WIDE, -LN2_LOW), r);
    FloatVector q = FloatVector.broadcast(WIDE, EXP_6).fma(r, FloatVector.broadcast(WIDE, EXP_5));
    q = q.fma(r, FloatVector.broadcast(WIDE, EXP_4));
    q = q.fma(r, FloatVector.broadcast(WIDE, EXP_3));
    q = q.fma(r, FloatVector.broadcast(WIDE, EXP_2));
    FloatVector power = r.mul(r).fma(q, r).add(1f);
    IntVector half = n.lanewise(VectorOperators.ASHR, 1);
    return power.mul(powerOfTwo(half)).mul(powerOfTwo(n.sub(half)));
  }

  private static FloatVector powerOfTwo(IntVector n) {
    return n.add(IntVector.broadcast(WIDE_INTS, 127))
        .lanewise(VectorOperators.LSHL, 23)
        .reinterpretAsFloats();
  }

  static FloatVector bell(FloatVector x) {
    return exp(x.mul(x).mul(-0.5f));
  }

  static FloatVector normalCdf(FloatVector x, FloatVector bell) {
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
   * Adds up a row by the rule of {@link Lanes}.
   *
   * @param start where the row begins, in bytes
   * @param width its numbers, a multiple of 16
   */
  static float rowSum(MemorySegment x, long start, int width) {
    FloatVector low = FloatVector.zero(EIGHT);
    FloatVector high = FloatVector.zero(EIGHT);
    for (long j = 0; j < 4L * width; j += 64) {
      low = low.add(FloatVector.fromMemorySegment(EIGHT, x, start + j, ORDER));
      high = high.add(FloatVector.fromMemorySegment(EIGHT, x, start + j + 32, ORDER));
    }
    return sum(low, high);
  }

  /**
   * Adds the 16 lanes of two vectors by the rule of {@link Lanes}. Small, so that C2 may inline it;
   * where it does not, two vectors are boxed for each row.
   */
  static float sum(FloatVector low, FloatVector high) {
    float[] lanes = new float[Lanes.COUNT / 2];
    low.add(high).intoArray(lanes, 0);
    return Lanes.sumOfHalf(lanes);
  }
}
