package io.github.deit4j.golden;

import static org.assertj.core.api.Assertions.assertThat;

/** How close computed numbers must be to golden ones. */
@FunctionalInterface
public interface Closeness {
  /**
   * Every number for itself: {@link Golden#assertClose(String, double[], double[], double,
   * double)}.
   */
  Closeness EACH = Golden::assertClose;

  /**
   * Fails unless they are close.
   *
   * @param name of the tensor
   * @param atol the absolute error of a number that float32 is allowed
   * @param rtol its relative error
   */
  void require(String name, double[] got, double[] expected, double atol, double rtol);

  /** The same of float32. */
  default void require(String name, float[] got, double[] expected, double atol, double rtol) {
    require(name, widen(got), expected, atol, rtol);
  }

  /** The same of one number. */
  default void require(String name, double got, double expected, double atol, double rtol) {
    require(name, new double[] {got}, new double[] {expected}, atol, rtol);
  }

  /**
   * As a whole, for BF16: the length of the difference is at most so much of the expected length,
   * beside what float32 is allowed of each number. A prediction may be another one where two
   * classes are almost as good.
   *
   * @param gradients of tensors whose names begin with {@code grad}
   * @param others of all others
   */
  static Closeness ofLength(double gradients, double others) {
    return (name, got, expected, atol, rtol) -> {
      assertThat(got).as(name).hasSameSizeAs(expected);
      if (name.endsWith("pred")) {
        return;
      }
      double error = 0;
      double length = 0;
      for (int i = 0; i < got.length; i++) {
        error += (got[i] - expected[i]) * (got[i] - expected[i]);
        length += expected[i] * expected[i];
      }
      double tolerance = name.startsWith("grad") ? gradients : others;
      double allowed = tolerance * Math.sqrt(length) + atol * Math.sqrt(got.length);
      assertThat(Math.sqrt(error)).as(name).isLessThanOrEqualTo(allowed);
    };
  }

  /** The same for all tensors. */
  static Closeness ofLength(double tolerance) {
    return ofLength(tolerance, tolerance);
  }

  /** Returns the same numbers as double. */
  static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
