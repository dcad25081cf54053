package io.github.deit4j.data.transform;

import io.github.deit4j.data.Transform;
import java.util.List;

/**
 * How a model's input is made of bytes: (u / 255 − mean) / std in float, each operation rounded,
 * channel by channel. The backend does it ({@code PixelOps.normalize}).
 *
 * @param mean mean of every channel, on the scale 0 to 1
 * @param std standard deviation of every channel, positive
 */
public record Normalize(List<Float> mean, List<Float> std) {
  /** ImageNet's three channels. */
  public static final Normalize IMAGENET =
      new Normalize(List.of(0.485f, 0.456f, 0.406f), List.of(0.229f, 0.224f, 0.225f));

  /** Copies the numbers; requires as many means as deviations, at least one, all positive. */
  public Normalize {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    Transform.require(
        !mean.isEmpty() && mean.size() == std.size(),
        "normalize: needs as many means as standard deviations, at least one",
        mean.size(),
        std.size());
    Transform.require(
        std.stream().allMatch(deviation -> deviation > 0 && Float.isFinite(deviation)),
        "normalize: standard deviations must be positive",
        std);
  }

  /** Returns the number of channels. */
  public int channels() {
    return mean.size();
  }

  /** Returns the means as the backend takes them. */
  public float[] means() {
    return floats(mean);
  }

  /** Returns the standard deviations as the backend takes them. */
  public float[] deviations() {
    return floats(std);
  }

  private static float[] floats(List<Float> numbers) {
    float[] floats = new float[numbers.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = numbers.get(i);
    }
    return floats;
  }
}
