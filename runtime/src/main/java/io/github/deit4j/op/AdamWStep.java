package io.github.deit4j.op;

/**
 * The numbers of one AdamW step (Loshchilov and Hutter 2019, algorithm 2 with the learning rate on
 * the decay): {@code p ← p·(1 − lr·weightDecay); m ← β1·m + (1−β1)·g; v ← β2·v + (1−β2)·g²; p ← p −
 * lr/(1−β1ᵗ)·m/(√v/√(1−β2ᵗ) + ε)}.
 *
 * @param step t, from 1
 * @param learningRate lr
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon ε
 * @param weightDecay decoupled weight decay
 * @param gradientScale what every gradient is multiplied by first: the clipping factor, or 1
 */
public record AdamWStep(
    int step,
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double gradientScale) {
  /** Returns {@code 1 − lr·weightDecay}. */
  public double decay() {
    return 1 - learningRate * weightDecay;
  }

  /** Returns {@code lr/(1 − β1ᵗ)}. */
  public double stepSize() {
    return learningRate / correction(beta1);
  }

  /** Returns {@code 1/√(1 − β2ᵗ)}. */
  public double rootScale() {
    return 1 / StrictMath.sqrt(correction(beta2));
  }

  /** In {@link StrictMath}, since it reaches the weights. */
  private double correction(double beta) {
    return 1 - StrictMath.pow(beta, step);
  }
}
