package io.github.deit4j.cpu.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.deit4j.cpu.kernel.Numbers;
import io.github.deit4j.testing.Seed;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(Seed.class)
class VectorMathBitTest {
  /** Odd, so that a step through all bit patterns meets all low bits; 2²² steps in all. */
  private static final int STEP = 1021;

  private static final int LANES = VectorMath.WIDE.length();

  @FunctionalInterface
  private interface FloatFunction {
    float apply(float x);
  }

  /** Apart from the test's own methods, which a JVM without vectors has to be able to list. */
  private enum Function {
    EXP(ScalarMath::exp, VectorMath::exp),
    BELL(ScalarMath::bell, VectorMath::bell),
    NORMAL_CDF(
        x -> ScalarMath.normalCdf(x, ScalarMath.bell(x)),
        x -> VectorMath.normalCdf(x, VectorMath.bell(x)));

    private final FloatFunction scalar;
    private final UnaryOperator<FloatVector> vector;

    Function(FloatFunction scalar, UnaryOperator<FloatVector> vector) {
      this.scalar = scalar;
      this.vector = vector;
    }
  }

  @ParameterizedTest
  @EnumSource
  void sameBitsEverywhere(Function function, RandomGenerator random) {
    float[] x = new float[LANES];
    float[] y = new float[LANES];
    long bits = Integer.MIN_VALUE + random.nextLong(STEP);
    while (bits <= Integer.MAX_VALUE) {
      for (int i = 0; i < LANES; i++, bits += STEP) {
        x[i] = Float.intBitsToFloat((int) bits);
      }
      function.vector.apply(FloatVector.fromArray(VectorMath.WIDE, x, 0)).intoArray(y, 0);
      for (int i = 0; i < LANES; i++) {
        float expected = function.scalar.apply(x[i]);
        if (Float.floatToIntBits(y[i]) != Float.floatToIntBits(expected)) {
          fail("of %a: %a, expected %a", x[i], y[i], expected);
        }
      }
    }
  }

  @Test
  void sumOfSixteenLanes(RandomGenerator random) {
    for (int round = 0; round < 100_000; round++) {
      Numbers kind = Numbers.anyKind(random);
      float[] lanes = new float[Lanes.COUNT];
      for (int i = 0; i < lanes.length; i++) {
        lanes[i] = kind.next(random);
      }
      FloatVector low = FloatVector.fromArray(VectorMath.EIGHT, lanes, 0);
      FloatVector high = FloatVector.fromArray(VectorMath.EIGHT, lanes, Lanes.COUNT / 2);
      int sum = Float.floatToIntBits(VectorMath.sum(low, high));
      assertThat(sum).isEqualTo(Float.floatToIntBits(Lanes.sum(lanes)));
    }
  }
}
