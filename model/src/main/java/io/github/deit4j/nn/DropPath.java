package io.github.deit4j.nn;

import io.github.deit4j.random.Purpose;

/**
 * The draws of stochastic depth (Huang et al. 2016) for one part of a batch. Each is named by seed,
 * optimizer step, position in the whole batch and branch; so the split of a batch into parts does
 * not matter.
 *
 * @param seed the run's seed
 * @param step optimizer step, from 0
 * @param firstPosition position of the part's first image in the whole batch
 */
public record DropPath(long seed, int step, int firstPosition) {
  /**
   * Returns what each image's branch is multiplied by: 0 with probability {@code rate}, else 1/(1 −
   * rate).
   *
   * @param branch number of the branch in the model
   * @param images number of images in the part
   */
  float[] factors(int branch, double rate, int images) {
    float[] factors = new float[images];
    for (int i = 0; i < images; i++) {
      double uniform =
          Purpose.DROP_PATH.key(branch, seed, step, firstPosition + i).open().nextDouble();
      factors[i] = uniform < rate ? 0f : (float) (1 / (1 - rate));
    }
    return factors;
  }
}
