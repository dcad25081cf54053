package io.github.deit4j.cpu.core;

/**
 * Elementary functions from fused multiply-adds, the same bits everywhere. {@link VectorMath} has
 * them for vectors.
 */
public final class ScalarMath {
  static final float LOG2_E = 0x1.715476p0f;
  // ln 2 in two parts, the first with trailing zeros, so that n·LN2_HIGH is exact.
  static final float LN2_HIGH = 0x1.62e4p-1f;
  static final float LN2_LOW = 0x1.7f7d1cp-20f;
  // Adding 1.5·2²³ rounds to a whole number, to be read from the low bits.
  static final float ROUND = 0x1.8p23f;
  static final int ONE_BITS = 127 << 23;
  // Rounds to n = −127, whose exponent is that of zero.
  static final float EXP_LOWEST = -88f;
  public static final float EXP_HIGHEST = 88f;
  // e^r = 1 + r + r²·q(r) on |r| ≤ ½ ln 2; minimax fit, relative error 3.1e-9.
  static final float EXP_2 = 0.49999994f;
  static final float EXP_3 = 0.16666521f;
  static final float EXP_4 = 0.041668389f;
  static final float EXP_5 = 0.0083687454f;
  static final float EXP_6 = 0.0013814540f;

  // Φ(−t) = e^(−t²/2)·u·p(u), u = 1/(1 + 0.35 t), t ≥ 0; minimax fit, absolute error 7e-8.
  static final float PHI_SCALE = 0.35f;
  static final float PHI_1 = 0.13977641f;
  static final float PHI_2 = 0.13687177f;
  static final float PHI_3 = 0.14315434f;
  static final float PHI_4 = 0.0089319190f;
  static final float PHI_5 = 0.21107645f;
  static final float PHI_6 = -0.18442532f;
  static final float PHI_7 = 0.044614468f;

  /** 1/√(2π), the height of the normal density. */
  public static final float DENSITY = 0.3989422804f;

  private ScalarMath() {}

  /**
   * Returns e^x within 1 ulp for x up to 88: 0 below −87.7, NaN for NaN, subnormal results rounded
   * once. Softmax and the normal density need no more, and a second clamp and a second factor for
   * all other x would take a third of the time.
   */
  public static float exp(float x) {
    float bounded = x < EXP_LOWEST ? EXP_LOWEST : x;
    float rounded = Math.fma(bounded, LOG2_E, ROUND);
    float whole = rounded - ROUND;
    float r = Math.fma(whole, -LN2_HIGH, bounded);
    r = Math.fma(whole, -LN2_LOW, r);
    float q = Math.fma(EXP_6, r, EXP_5);
    q = Math.fma(q, r, EXP_4);
    q = Math.fma(q, r, EXP_3);
    q = Math.fma(q, r, EXP_2);
    float power = Math.fma(r * r, q, r) + 1f;
    // The low bits of ROUND's are zero: what is left after the shift is n, as an exponent.
    int exponent = (Float.floatToRawIntBits(rounded) << 23) + ONE_BITS;
    return power * Float.intBitsToFloat(exponent);
  }

  /** Returns e^(−x²/2), the factor that the normal distribution and its density share. */
  public static float bell(float x) {
    return exp(x * x * -0.5f);
  }

  /** Returns Φ(x) = ½(1 + erf(x/√2)), given {@code bell(x)}. */
  public static float normalCdf(float x, float bell) {
    float u = 1f / Math.fma(Math.abs(x), PHI_SCALE, 1f);
    float p = Math.fma(PHI_7, u, PHI_6);
    p = Math.fma(p, u, PHI_5);
    p = Math.fma(p, u, PHI_4);
    p = Math.fma(p, u, PHI_3);
    p = Math.fma(p, u, PHI_2);
    p = Math.fma(p, u, PHI_1);
    float tail = p * u * bell;
    return x < 0f ? tail : 1f - tail;
  }
}
