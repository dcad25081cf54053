package io.github.deit4j.op;

import io.github.deit4j.tensor.Tensor;

/**
 * What a branch is added to: {@code base + (factors[image]·scale[channel])·branch}, the product in
 * brackets rounded once, then one fma. A residual connection (He et al. 2016) with stochastic depth
 * (Huang et al. 2016) and LayerScale (Touvron et al. 2021, "Going deeper with Image Transformers",
 * section 2).
 *
 * @param base [B, .., D]
 * @param factors one per image, or null for 1
 * @param scale [D], or null for 1
 */
@SuppressWarnings("ArrayRecordComponent") // read by the op that it is given to, and not kept
public record Residual(Tensor base, float[] factors, Tensor scale) {
  /** Returns the plain residual connection. */
  public static Residual to(Tensor base) {
    return new Residual(base, null, null);
  }

  /**
   * Requires a base like the sum, as many factors as images, and as many scales as columns.
   *
   * @param y the sum, or a gradient of it
   */
  void check(String op, Tensor y) {
    Checks.like(op, "base", base, y);
    checkFactors(op, y, factors, scale);
  }

  static void checkFactors(String op, Tensor y, float[] factors, Tensor scale) {
    if (factors != null) {
      Checks.that(
          y.shape().rank() > 0 && y.shape().size(0) == factors.length,
          op,
          "as many images as the " + factors.length + " factors",
          y);
    }
    if (scale != null) {
      Checks.that(y.shape().rank() > 0, op, "rows of channels", y);
      Checks.elements(op, "scale", scale, y.shape().size(-1));
    }
  }
}
