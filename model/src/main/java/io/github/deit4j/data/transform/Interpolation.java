package io.github.deit4j.data.transform;

/** The filter of a resize, with Pillow's kernels. */
public enum Interpolation {
  /** Triangle of support 1. */
  BILINEAR(1),
  /** Keys's cubic with a = −0.5, support 2 (IEEE ASSP 29(6), 1981, equation 4). */
  BICUBIC(2);

  private static final double A = -0.5;

  private final double support;

  Interpolation(double support) {
    this.support = support;
  }

  /** Returns the distance from the centre at which the kernel has become zero. */
  double support() {
    return support;
  }

  /** Returns the kernel's value at a distance from its centre. */
  double weight(double x) {
    double t = Math.abs(x);
    if (this == BILINEAR) {
      return Math.max(0.0, 1.0 - t);
    }
    if (t < 1.0) {
      return ((A + 2.0) * t - (A + 3.0)) * t * t + 1;
    }
    return t < 2.0 ? (((t - 5) * t + 8) * t - 4) * A : 0.0;
  }
}
