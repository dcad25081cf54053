package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class ScalarMathTest {
  private static final double STEP = 0x1p-12;
  private static final double FAR = 12;
  private static final float OVERFLOW = 88.73f;

  @Test
  void expIsWithinOneUlp() {
    int step = 499;
    for (int bits = 0; bits < Float.floatToIntBits(OVERFLOW); bits += step) {
      assertWithinOneUlp(Float.intBitsToFloat(bits));
    }
    for (int bits = 0; bits < Float.floatToIntBits(120f); bits += step) {
      assertWithinOneUlp(-Float.intBitsToFloat(bits));
    }
  }

  @Test
  void expIsWithinOneUlpAtItsLimits() {
    float[] limits = {0f, -0f, 1f, 88.7228f, -87.33654f, -87.5f, -103.2789f, -103.97f, -104f};
    for (float limit : limits) {
      float x = limit;
      for (int i = 0; i < 1000; i++) {
        x = Math.nextDown(x);
      }
      for (int i = 0; i < 2000; i++) {
        assertWithinOneUlp(x);
        x = Math.nextUp(x);
      }
    }
  }

  private static void assertWithinOneUlp(float x) {
    double expected = StrictMath.exp(x);
    float found = ScalarMath.exp(x);
    boolean overflows = (float) expected == Float.POSITIVE_INFINITY;
    double error = Math.abs(found - expected);
    if (!(overflows ? found >= Float.MAX_VALUE : error <= Math.ulp((float) expected))) {
      fail("exp(%a) is %a, expected %a", x, found, expected);
    }
  }

  @Test
  void expOfSpecialNumbers() {
    assertThat(ScalarMath.exp(0f)).isEqualTo(1f);
    assertThat(ScalarMath.exp(-0f)).isEqualTo(1f);
    assertThat(ScalarMath.exp(Float.MIN_VALUE)).isEqualTo(1f);
    assertThat(ScalarMath.exp(Float.NaN)).isNaN();
    for (float high : new float[] {OVERFLOW, 89f, 200f, Float.MAX_VALUE, Float.POSITIVE_INFINITY}) {
      assertThat(ScalarMath.exp(high)).isEqualTo(Float.POSITIVE_INFINITY);
    }
    for (float low : new float[] {-104f, -200f, -Float.MAX_VALUE, Float.NEGATIVE_INFINITY}) {
      assertThat(Float.floatToRawIntBits(ScalarMath.exp(low))).isZero();
    }
  }

  @Test
  void expReachesTheSmallestNumber() {
    assertThat(ScalarMath.exp(-103.5f)).isEqualTo(Float.MIN_VALUE);
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
    MemorySegment x = MemorySegment.ofArray(new float[1]);
    MemorySegment y = MemorySegment.ofArray(new float[1]);
    MemorySegment one = MemorySegment.ofArray(new float[] {1f});
    var gelu = new ScalarGelu();
    for (double value = -FAR; value <= FAR; value += STEP) {
      x.set(JAVA_FLOAT, 0, (float) value);
      double cdf = normalCdf(value);
      gelu.forward(y, x, 0, 1);
      double error = Math.abs(y.get(JAVA_FLOAT, 0) - value * cdf);
      assertThat(error).isLessThan(3e-7 * Math.max(1, Math.abs(value)));
      gelu.backward(y, one, x, 0, 1);
      error = Math.abs(y.get(JAVA_FLOAT, 0) - (cdf + value * density(value)));
      assertThat(error).isLessThan(6e-7);
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
