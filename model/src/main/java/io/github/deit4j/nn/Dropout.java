package io.github.deit4j.nn;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.random.Purpose;
import io.github.deit4j.tensor.Tensor;

/**
 * Dropout (Srivastava et al. 2014) of one part of a batch. Draws are named as those of {@link
 * DropPath}, so the split of a batch into parts does not matter.
 *
 * @param rate probability that an element becomes zero, of [0, 1)
 * @param seed the run's seed
 * @param step optimizer step, from 0
 * @param firstPosition position of the part's first image in the whole batch
 */
public record Dropout(double rate, long seed, int step, int firstPosition) {
  /** No dropout. */
  public static final Dropout NONE = new Dropout(0, 0, 0, 0);

  /** The layer behind the position embedding. */
  static final int EMBEDDING = 0;

  /** Returns the number of one of a block's three layers, from 0, among the model's. */
  static int layer(int block, int index) {
    return 1 + 3 * block + index;
  }

  Tensor apply(Ops ops, int layer, Tensor x) {
    return rate == 0
        ? x
        : ops.dropout(x, rate, Purpose.DROPOUT.key(layer, seed, step, firstPosition));
  }
}
