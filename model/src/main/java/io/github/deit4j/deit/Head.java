package io.github.deit4j.deit;

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

  /**
   * Returns the natural logarithm of each class's probability for one image.
   *
   * @param classLogits of the class head
   * @param distillation of the distillation head; not used by {@link #CLASS}
   */
  public double[] logProbabilities(float[] classLogits, float[] distillation) {
    return switch (this) {
      case CLASS -> logSoftmax(widen(classLogits));
      case DISTILLATION -> logSoftmax(widen(distillation));
      case MEAN -> logSoftmax(mean(classLogits, distillation));
      case JOINT -> joint(classLogits, distillation);
    };
  }

  private static double[] widen(float[] logits) {
    double[] wide = new double[logits.length];
    for (int c = 0; c < logits.length; c++) {
      wide[c] = logits[c];
    }
    return wide;
  }

  private static double[] mean(float[] a, float[] b) {
    double[] mean = new double[a.length];
    for (int c = 0; c < a.length; c++) {
      mean[c] = (a[c] + b[c]) / 2;
    }
    return mean;
  }

  private static double[] joint(float[] classLogits, float[] distillation) {
    double[] a = logSoftmax(widen(classLogits));
    double[] b = logSoftmax(widen(distillation));
    for (int c = 0; c < a.length; c++) {
      double larger = Math.max(a[c], b[c]);
      double sum = StrictMath.exp(a[c] - larger) + StrictMath.exp(b[c] - larger);
      a[c] = larger + StrictMath.log(sum / 2);
    }
    return a;
  }

  private static double[] logSoftmax(double[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (double logit : logits) {
      sum += StrictMath.exp(logit - max);
    }
    double logSum = max + StrictMath.log(sum);
    for (int c = 0; c < logits.length; c++) {
      logits[c] -= logSum;
    }
    return logits;
  }
}
