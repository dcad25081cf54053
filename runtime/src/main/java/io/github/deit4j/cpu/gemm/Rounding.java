package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.core.VectorMath.LANES;
import static io.github.deit4j.cpu.core.VectorMath.WIDE;
import static io.github.deit4j.cpu.core.VectorMath.WIDE_TYPE;
import static io.github.deit4j.cpu.gemm.Bf16.INFINITY;
import static io.github.deit4j.cpu.gemm.Bf16.LEAST_FACTOR;
import static io.github.deit4j.cpu.gemm.Bf16.MAGNITUDE;
import static io.github.deit4j.cpu.gemm.Bf16.QUIET;
import static io.github.deit4j.cpu.gemm.Bf16.UPPER_HALF;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.Vector;

/** {@link Bf16}'s rounding of numbers in an array, in place, to the same bits. */
final class Rounding {
  private static final Class<? extends Vector<Integer>> INTS =
      IntVector.SPECIES_PREFERRED.vectorType();

  private Rounding() {}

  /** Rounds factors. */
  static void factors(float[] x, int from, int to) {
    int whole = to - (to - from) % LANES;
    for (int i = from; i < whole; i += LANES) {
      IntVector bits = ints(FloatVector.fromArray(WIDE, x, i).viewAsIntegralLanes());
      IntVector odd = ints(bits.lanewise(LSHR, 16).and(1));
      IntVector rounded = ints(bits.add(odd).add(0x7fff).and(UPPER_HALF));
      IntVector magnitude = ints(bits.and(MAGNITUDE));
      rounded = ints(rounded.blend(0, magnitude.lt(LEAST_FACTOR)));
      IntVector quiet = ints(bits.or(QUIET).and(UPPER_HALF));
      rounded = ints(rounded.blend(quiet, magnitude.compare(GT, INFINITY)));
      ((FloatVector) WIDE_TYPE.cast(rounded.reinterpretAsFloats())).intoArray(x, i);
    }
    for (int i = whole; i < to; i++) {
      x[i] = Bf16.round(x[i]);
    }
  }

  /** Returns a vector as what it is, for C2. */
  private static IntVector ints(Vector<Integer> x) {
    return (IntVector) INTS.cast(x);
  }

  /** Makes fit what chains start from. */
  static void starts(float[] x, int from, int to) {
    for (int i = from; i < to; i++) {
      x[i] = Bf16.start(x[i]);
    }
  }
}
