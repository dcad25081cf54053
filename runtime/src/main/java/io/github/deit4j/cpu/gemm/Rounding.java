package io.github.deit4j.cpu.gemm;

import static io.github.deit4j.cpu.core.VectorMath.LANES;
import static io.github.deit4j.cpu.core.VectorMath.WIDE;
import static io.github.deit4j.cpu.gemm.Bf16.INFINITY;
import static io.github.deit4j.cpu.gemm.Bf16.LEAST_FACTOR;
import static io.github.deit4j.cpu.gemm.Bf16.LEAST_START;
import static io.github.deit4j.cpu.gemm.Bf16.MAGNITUDE;
import static io.github.deit4j.cpu.gemm.Bf16.QUIET;
import static io.github.deit4j.cpu.gemm.Bf16.UPPER_HALF;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** {@link Bf16}'s rounding of numbers in an array, in place, to the same bits. */
final class Rounding {
  private Rounding() {}

  /** Rounds factors. */
  static void factors(float[] x, int from, int to) {
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      IntVector bits = FloatVector.fromArray(WIDE, x, i).reinterpretAsInts();
      upperHalves(bits).and(UPPER_HALF).reinterpretAsFloats().intoArray(x, i);
    }
    for (; i < to; i++) {
      x[i] = Bf16.round(x[i]);
    }
  }

  /** Returns what {@link Bf16#roundUpperHalf} does. */
  static IntVector upperHalves(IntVector bits) {
    IntVector magnitude = bits.and(MAGNITUDE);
    return bits.lanewise(LSHR, 16)
        .and(1)
        .add(bits)
        .add(0x7fff)
        .blend(0, magnitude.compare(LT, LEAST_FACTOR))
        .blend(bits.or(QUIET), magnitude.compare(GT, INFINITY));
  }

  /** Makes fit what chains start from. */
  static void starts(float[] x, int from, int to) {
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      FloatVector numbers = FloatVector.fromArray(WIDE, x, i);
      IntVector magnitude = numbers.reinterpretAsInts().and(MAGNITUDE);
      numbers
          .blend(0, magnitude.compare(LT, LEAST_START).cast(WIDE))
          .intoArray(x, i);
    }
    for (; i < to; i++) {
      x[i] = Bf16.start(x[i]);
    }
  }
}
