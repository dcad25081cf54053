package io.github.deit4j.inference;

import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.op.LogProbabilities;
import java.util.List;
import java.util.Locale;

/** Which head of a distilled model decides. A plain model has the class head only. */
public enum Head {
  /** The class token's head. */
  CLASS,
  /** The distillation token's head. */
  DISTILLATION,
  /** The mean of both heads' logits, as the reference code has it. */
  MEAN,
  /**
   * The sum of both heads' softmaxes, halved, as the paper has it (section 4, "classification").
   */
  JOINT;

  /** Returns the name on the command line and in results. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Returns the head of a name.
   *
   * @throws IllegalArgumentException if there is none; lists those there are
   */
  public static Head of(String id) {
    for (Head head : values()) {
      if (head.id().equals(id)) {
        return head;
      }
    }
    throw new IllegalArgumentException(
        "head '" + id + "' is not known: expected class, distillation, mean or joint");
  }

  /** Returns the heads that a model has. */
  public static List<Head> of(ModelConfig config) {
    return config.distilled() ? List.of(values()) : List.of(CLASS);
  }

  /**
   * Returns the natural logarithm of each class's probability for one image.
   *
   * @param classLogits of the class head
   * @param distillation of the distillation head; not used by {@link #CLASS}
   */
  public double[] logProbabilities(float[] classLogits, float[] distillation) {
    return switch (this) {
      case CLASS -> LogProbabilities.of(classLogits);
      case DISTILLATION -> LogProbabilities.of(distillation);
      case MEAN -> LogProbabilities.of(mean(classLogits, distillation));
      case JOINT -> LogProbabilities.joint(classLogits, distillation);
    };
  }

  private static float[] mean(float[] a, float[] b) {
    float[] mean = new float[a.length];
    for (int c = 0; c < a.length; c++) {
      mean[c] = (a[c] + b[c]) / 2;
    }
    return mean;
  }
}
