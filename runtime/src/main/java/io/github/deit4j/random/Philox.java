package io.github.deit4j.random;

/**
 * A counter-based random number stream, Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel
 * Random Numbers: As Easy as 1, 2, 3", SC 2011).
 *
 * <p>A stream is named by seed, purpose, epoch and position, not by what was drawn before it. So
 * every draw of a training run is the same for any number of threads, after a resume, and for any
 * split of a batch. Not safe for use by several threads at once; make one stream per use.
 */
public final class Philox {
  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int ROUNDS = 10;

  private final int key0;
  private final int key1;
  private final int purpose;
  private final int epoch;
  private final int position;
  private final int[] block = new int[4];
  private int blockIndex;
  private int used = 4;

  /**
   * Opens the stream of one use.
   *
   * @param seed the run's seed
   * @param purpose what the numbers are for, see {@link Purpose}
   * @param epoch epoch for data, optimizer step for draws inside the model
   * @param position position in the epoch's sample order, or in the whole batch
   */
  public Philox(long seed, int purpose, int epoch, int position) {
    this.key0 = (int) seed;
    this.key1 = (int) (seed >>> 32);
    this.purpose = purpose;
    this.epoch = epoch;
    this.position = position;
  }

  /** Returns the next 32 random bits. */
  public int nextInt() {
    if (used == 4) {
      generate(blockIndex++, purpose, epoch, position, key0, key1, block);
      used = 0;
    }
    return block[used++];
  }

  /**
   * Returns a whole number, each of 0 to {@code bound} − 1 equally likely.
   *
   * @throws IllegalArgumentException if {@code bound} is not positive
   */
  public int nextInt(int bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("nextInt: bound must be positive, found " + bound);
    }
    // Multiply and reject (Lemire 2019): unbiased, almost never a second draw.
    long product = Integer.toUnsignedLong(nextInt()) * bound;
    int threshold = Integer.remainderUnsigned(-bound, bound);
    while (Integer.compareUnsigned((int) product, threshold) < 0) {
      product = Integer.toUnsignedLong(nextInt()) * bound;
    }
    return (int) (product >>> 32);
  }

  /** Returns a number of [0, 1) with 24 random bits. */
  public float nextFloat() {
    return (nextInt() >>> 8) * 0x1p-24f;
  }

  /** Returns a number of [0, 1) with 53 random bits. */
  public double nextDouble() {
    long high = nextInt() >>> 5;
    long low = nextInt() >>> 6;
    return (high * (1L << 26) + low) * 0x1p-53;
  }

  /**
   * Returns a number of the standard normal distribution (Box and Muller's cosine branch, in {@link
   * StrictMath} so that every platform gives the same bits).
   */
  public double nextGaussian() {
    double u = 1.0 - nextDouble();
    double v = nextDouble();
    return StrictMath.sqrt(-2.0 * StrictMath.log(u)) * StrictMath.cos(2.0 * StrictMath.PI * v);
  }

  /**
   * Returns a number of Beta(alpha, alpha), as a/(a + b) of two gamma numbers. Logarithms keep
   * small alphas from ending in 0/0.
   *
   * @param alpha above 0
   * @return of [0, 1]
   */
  public double nextBeta(double alpha) {
    if (!(alpha > 0)) {
      throw new IllegalArgumentException("nextBeta: alpha must be above 0, found " + alpha);
    }
    double a = nextLogGamma(alpha);
    double b = nextLogGamma(alpha);
    return 1 / (1 + StrictMath.exp(b - a));
  }

  /** Returns the logarithm of a gamma number (Marsaglia and Tsang, ACM TOMS 26(3), 2000). */
  private double nextLogGamma(double shape) {
    if (shape < 1) {
      double boost = StrictMath.log(1 - nextDouble()) / shape;
      return nextLogGamma(shape + 1) + boost;
    }
    double d = shape - 1.0 / 3;
    double c = 1 / StrictMath.sqrt(9 * d);
    while (true) {
      double x = nextGaussian();
      double root = 1 + c * x;
      double u = 1 - nextDouble();
      if (root > 0) {
        double logV = 3 * StrictMath.log(root);
        double v = root * root * root;
        if (StrictMath.log(u) < 0.5 * x * x + d - d * v + d * logV) {
          return StrictMath.log(d) + logV;
        }
      }
    }
  }

  /** The block function: ten rounds on the counter (c0, c1, c2, c3) under the key (k0, k1). */
  static void generate(int c0, int c1, int c2, int c3, int k0, int k1, int[] out) {
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = Integer.toUnsignedLong(MULTIPLIER_0) * Integer.toUnsignedLong(c0);
      long product1 = Integer.toUnsignedLong(MULTIPLIER_1) * Integer.toUnsignedLong(c2);
      int n0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      int n2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c1 = (int) product1;
      c3 = (int) product0;
      c0 = n0;
      c2 = n2;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
  }
}
