package io.github.deit4j.cpu.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.deit4j.cpu.kernel.Gelu.ScalarGelu;
import org.junit.jupiter.api.Test;

class ScalarMathTest {
  private static final double STEP = 0x1p-12;
  private static final double FAR = 12;

  /** The largest number that exp takes. */
  private static final float HIGHEST = ScalarMath.EXP_HIGHEST;

  /** Below it exp is 0. */
  private static final float UNDERFLOW = -87.68f;

  @Test
  void expIsWithinOneUlp() {
    int step = 499;
    for (int bits = 0; bits < Float.floatToIntBits(HIGHEST); bits += step) {
      assertWithinOneUlp(Float.intBitsToFloat(bits));
    }
    for (int bits = 0; bits < Float.floatToIntBits(-UNDERFLOW); bits += step) {
      assertWithinOneUlp(-Float.intBitsToFloat(bits));
    }
  }

  @Test
  void expIsWithinOneUlpAtItsLimits() {
    for (float limit : new float[] {0f, -0f, 1f, HIGHEST, -87.33654f, UNDERFLOW}) {
      float x = limit;
      for (int i = 0; i < 1000; i++) {
        assertWithinOneUlp(x);
        x = limit > 0 ? Math.nextDown(x) : Math.nextUp(x);
      }
    }
  }

  private static void assertWithinOneUlp(float x) {
    double expected = StrictMath.exp(x);
    float found = ScalarMath.exp(x);
    if (Math.abs(found - expected) > Math.ulp((float) expected)) {
      fail("exp(%a) is %a, expected %a", x, found, expected);
    }
  }

  @Test
  void expOfSpecialNumbers() {
    assertThat(ScalarMath.exp(0f)).isEqualTo(1f);
    assertThat(ScalarMath.exp(-0f)).isEqualTo(1f);
    assertThat(ScalarMath.exp(Float.MIN_VALUE)).isEqualTo(1f);
    assertThat(ScalarMath.exp(Float.NaN)).isNaN();
    for (float low : new float[] {-87.7f, -200f, -Float.MAX_VALUE, Float.NEGATIVE_INFINITY}) {
      assertThat(Float.floatToRawIntBits(ScalarMath.exp(low))).isZero();
    }
  }

  @Test
  void normalCdfIsCloseToTheSeries() {
    double worst = 0;
    for (double x = -FAR; x <= FAR; x += STEP) {
      float value = (float) x;
      float found = ScalarMath.normalCdf(value, ScalarMath.bell(value));
      worst = Math.max(worst, Math.abs(found - normalCdf(value)));
    }
    assertThat(worst).isLessThan(3e-7);
  }

  @Test
  void normalCdfOfSpecialNumbers() {
    assertThat(cdf(0f)).isEqualTo(0.5f);
    assertThat(cdf(Float.NEGATIVE_INFINITY)).isZero();
    assertThat(cdf(-Float.MAX_VALUE)).isZero();
    assertThat(cdf(Float.POSITIVE_INFINITY)).isEqualTo(1f);
    assertThat(cdf(Float.MAX_VALUE)).isEqualTo(1f);
    assertThat(cdf(Float.NaN)).isNaN();
  }

  private static float cdf(float x) {
    return ScalarMath.normalCdf(x, ScalarMath.bell(x));
  }

  @Test
  void geluIsCloseToItsDefinition() {
    var gelu = new ScalarGelu();
    for (double value = -FAR; value <= FAR; value += STEP) {
      float[] x = {(float) value};
      float[] dy = {1f};
      gelu.backward(dy, x, 1);
      gelu.forward(x, 1);
      double cdf = normalCdf(value);
      assertThat(Math.abs(x[0] - value * cdf)).isLessThan(3e-7 * Math.max(1, Math.abs(value)));
      assertThat(Math.abs(dy[0] - (cdf + value * density(value)))).isLessThan(6e-7);
    }
  }

  /** Φ(x) = ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …), whose terms all have the sign of x. */
  private static double normalCdf(double x) {
    double term = x;
    double sum = 0;
    for (int odd = 3; sum + term != sum; odd += 2) {
      sum += term;
      term *= x * x / odd;
    }
    return 0.5 + density(x) * sum;
  }

  private static double density(double x) {
    return StrictMath.exp(-x * x / 2) / StrictMath.sqrt(2 * StrictMath.PI);
  }
}
