package io.github.deit4j.nn;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.random.Purpose;
import io.github.deit4j.tensor.Tensor;

/**
 * The draws of stochastic depth (Huang et al. 2016) and dropout (Srivastava et al. 2014) for one
 * part of a batch. Each is named by seed, optimizer step, position in the whole batch and branch or
 * layer; so the split of a batch into parts does not matter.
 *
 * @param seed the run's seed
 * @param step optimizer step, from 0
 * @param firstPosition position of the part's first image in the whole batch
 * @param dropout probability that an element becomes zero, of [0, 1)
 */
public record Draws(long seed, int step, int firstPosition, double dropout) {
  /** Creates the draws of a model without dropout. */
  public Draws(long seed, int step, int firstPosition) {
    this(seed, step, firstPosition, 0);
  }

  /**
   * Returns what each image's branch is multiplied by: 0 with probability {@code rate}, else 1/(1 −
   * rate).
   *
   * @param branch number of the branch in the model
   * @param images number of images in the part
   */
  float[] dropPath(int branch, double rate, int images) {
    float[] factors = new float[images];
    for (int i = 0; i < images; i++) {
      double uniform =
          Purpose.DROP_PATH.key(branch, seed, step, firstPosition + i).open().nextDouble();
      factors[i] = uniform < rate ? 0f : (float) (1 / (1 - rate));
    }
    return factors;
  }

  /** Drops elements behind a layer, by its number in the model. */
  Tensor dropout(Ops ops, int layer, Tensor x) {
    return ops.dropout(x, dropout, Purpose.DROPOUT.key(layer, seed, step, firstPosition));
  }
}
