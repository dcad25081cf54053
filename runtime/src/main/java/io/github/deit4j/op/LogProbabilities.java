package io.github.deit4j.op;

/** Natural logarithms of class probabilities from one image's float32 logits, in double. */
public final class LogProbabilities {
  private LogProbabilities() {}

  /** Returns {@code log softmax(logits)}. */
  public static double[] of(float[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += StrictMath.exp(logit - max);
    }
    double logSum = max + StrictMath.log(sum);
    double[] result = new double[logits.length];
    for (int c = 0; c < result.length; c++) {
      result[c] = logits[c] - logSum;
    }
    return result;
  }

  /** Returns {@code log ½(softmax(first) + softmax(second))}. */
  public static double[] joint(float[] first, float[] second) {
    double[] a = of(first);
    double[] b = of(second);
    for (int c = 0; c < a.length; c++) {
      double larger = Math.max(a[c], b[c]);
      double sum = StrictMath.exp(a[c] - larger) + StrictMath.exp(b[c] - larger);
      a[c] = larger + StrictMath.log(sum / 2);
    }
    return a;
  }

  /** Returns how many classes are in front of one: more probable, or as probable and earlier. */
  public static int rank(double[] logProbabilities, int label) {
    int rank = 0;
    double own = logProbabilities[label];
    for (int c = 0; c < logProbabilities.length; c++) {
      // Not "greater": a NaN must not make a wrong answer right.
      if (c < label ? !(logProbabilities[c] < own) : c > label && !(logProbabilities[c] <= own)) {
        rank++;
      }
    }
    return rank;
  }
}
