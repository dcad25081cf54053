package io.github.deit4j.random;

/** The symmetric beta distribution. */
public final class Beta {
  private Beta() {}

  /**
   * Draws from Beta(alpha, alpha), as a/(a + b) of two gamma numbers. Logarithms keep small alphas
   * from ending in 0/0.
   *
   * @param alpha above 0
   * @return of [0, 1]
   */
  public static double draw(Philox random, double alpha) {
    if (!(alpha > 0)) {
      throw new IllegalArgumentException("beta: alpha must be above 0, found " + alpha);
    }
    double a = logGamma(random, alpha);
    double b = logGamma(random, alpha);
    return 1 / (1 + StrictMath.exp(b - a));
  }

  /** Returns the logarithm of a gamma number (Marsaglia and Tsang, ACM TOMS 26(3), 2000). */
  private static double logGamma(Philox random, double shape) {
    if (shape < 1) {
      double boost = StrictMath.log(1 - random.nextDouble()) / shape;
      return logGamma(random, shape + 1) + boost;
    }
    double d = shape - 1.0 / 3;
    double c = 1 / StrictMath.sqrt(9 * d);
    while (true) {
      double x = random.nextGaussian();
      double root = 1 + c * x;
      double u = 1 - random.nextDouble();
      if (root > 0) {
        double logV = 3 * StrictMath.log(root);
        double v = root * root * root;
        if (StrictMath.log(u) < 0.5 * x * x + d - d * v + d * logV) {
          return StrictMath.log(d) + logV;
        }
      }
    }
  }
}
