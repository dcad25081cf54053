package io.github.deit4j.data.transform;

import io.github.deit4j.data.Transform;
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

  /** Copies the numbers; requires as many means as deviations, at least one, all positive. */
  public Normalize {
    mean = mean.clone();
    std = std.clone();
    Transform.require(
        mean.length > 0 && mean.length == std.length,
        "normalize: needs as many means as standard deviations, at least one",
        mean.length,
        std.length);
    for (float deviation : std) {
      Transform.require(
          deviation > 0 && Float.isFinite(deviation),
          "normalize: standard deviations must be positive",
          Arrays.toString(std));
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
