package io.github.deit4j.cpu.kernel;

import java.util.random.RandomGenerator;

/** Kinds of float32 numbers on which kernels have to agree. */
public enum Numbers {
  /** Of the size of activations and gradients. */
  ORDINARY {
    @Override
    public float next(RandomGenerator random) {
      return (float) random.nextGaussian();
    }
  },
  /** Whose products underflow; many are subnormal. */
  TINY {
    @Override
    public float next(RandomGenerator random) {
      return (float) random.nextGaussian() * 0x1p-127f;
    }
  },
  /** Whose sums and products overflow. */
  HUGE {
    @Override
    public float next(RandomGenerator random) {
      return (float) random.nextGaussian() * 0x1p126f;
    }
  },
  /** Any bit pattern, and more often than by chance the patterns at which something changes. */
  ANY {
    @Override
    public float next(RandomGenerator random) {
      if (random.nextInt(4) > 0) {
        return Float.intBitsToFloat(random.nextInt());
      }
      float special = SPECIAL[random.nextInt(SPECIAL.length)];
      return random.nextBoolean() ? special : -special;
    }
  };

  private static final float[] SPECIAL = {
    0f,
    Float.MIN_VALUE,
    Float.MIN_NORMAL - Float.MIN_VALUE,
    Float.MIN_NORMAL,
    1f,
    88.72f,
    104f,
    Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NaN
  };

  public abstract float next(RandomGenerator random);

  /** Half of the cases are ordinary, so that not every sum ends in NaN. */
  public static Numbers anyKind(RandomGenerator random) {
    Numbers[] kinds = values();
    return random.nextBoolean() ? ORDINARY : kinds[random.nextInt(kinds.length)];
  }
}
