package io.github.deit4j.distill;

import io.github.deit4j.tensor.Tensor;

/**
 * What the base loss wants of images, and how much each of them counts. For the cross entropy class
 * weights belong into the targets, which need not sum up to 1: {@code −Σ w[c]·t[c]·log p[c]}.
 *
 * @param targets target probabilities, [B, classes]
 * @param imageWeights what the loss of each image is multiplied by; null for 1
 */
@SuppressWarnings("ArrayRecordComponent") // read by the loss that it is given to, and not kept
public record WeightedTargets(Tensor targets, float[] imageWeights) {
  /** Returns targets of images that all count as much. */
  public static WeightedTargets of(Tensor targets) {
    return new WeightedTargets(targets, null);
  }
}
