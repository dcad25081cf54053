package io.github.deit4j.data.transform;

import java.util.Arrays;

/**
 * How a model's input is made of bytes: (u / 255 − mean) / std in float, each operation rounded,
 * channel by channel. The backend does it ({@code PixelOps.normalize}).
 *
 * @param mean mean of every channel, on the scale 0 to 1
 * @param std standard deviation of every channel, positive
 */
@SuppressWarnings("ArrayRecordComponent") // copied at both doors
public record Normalize(float[] mean, float[] std) {
  /** ImageNet's three channels. */
  public static final Normalize IMAGENET =
      new Normalize(new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f});

  /**
   * Copies and checks the numbers.
   *
   * @throws IllegalArgumentException if the lists are empty or of different lengths, or a standard
   *     deviation is not positive
   */
  public Normalize {
    mean = mean.clone();
    std = std.clone();
    if (mean.length == 0 || mean.length != std.length) {
      throw new IllegalArgumentException(
          "normalize: needs as many means as standard deviations, at least one, found "
              + mean.length
              + " and "
              + std.length);
    }
    for (float deviation : std) {
      if (!(deviation > 0) || Float.isInfinite(deviation)) {
        throw new IllegalArgumentException(
            "normalize: standard deviations must be positive, found " + Arrays.toString(std));
      }
    }
  }

  @Override
  public float[] mean() {
    return mean.clone();
  }

  @Override
  public float[] std() {
    return std.clone();
  }

  /** Returns the number of channels. */
  public int channels() {
    return mean.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Normalize that
        && Arrays.equals(mean, that.mean)
        && Arrays.equals(std, that.std);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(mean) + Arrays.hashCode(std);
  }

  @Override
  public String toString() {
    return "Normalize[mean=" + Arrays.toString(mean) + ", std=" + Arrays.toString(std) + "]";
  }
}
