package io.github.deit4j.data;

import io.github.deit4j.random.Philox;
import io.github.deit4j.random.Purpose;

/**
 * The order in which one epoch sees the samples: a random permutation of all indices (Fisher and
 * Yates's shuffle) that depends on size, seed and epoch only. With repeated augmentation (Hoffer et
 * al., "Augment Your Batch", CVPR 2020) each index comes several times in a row and the epoch still
 * has as many positions as there are samples, so it sees a part of them.
 */
public final class EpochOrder {
  private final int[] permutation;
  private final int repeats;

  /**
   * Shuffles.
   *
   * @param repeats how many times in a row an index comes, 1 for a plain permutation
   * @throws IllegalArgumentException if {@code size} or {@code repeats} is not positive
   */
  public EpochOrder(int size, long seed, int epoch, int repeats) {
    if (size < 1 || repeats < 1) {
      throw new IllegalArgumentException(
          "epoch order: size and repeats must be positive, found " + size + " and " + repeats);
    }
    this.repeats = repeats;
    this.permutation = shuffled(size, Purpose.EPOCH_ORDER.stream(seed, epoch, 0));
  }

  /** Returns the numbers from 0 to {@code size − 1} in random order. */
  public static int[] shuffled(int size, Philox random) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = i;
    }
    for (int i = size - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  /** Returns the number of positions, which is the number of samples. */
  public int size() {
    return permutation.length;
  }

  /** Returns the sample at a position. */
  public int index(int position) {
    return substitute(position, 0);
  }

  /**
   * Returns the sample that stands in at a position when {@code attempt} samples before it proved
   * unreadable: the following ones of the permutation, and after its end those of its beginning.
   * Attempt 0 is the position's own sample.
   */
  public int substitute(int position, int attempt) {
    return permutation[(set(position) + attempt) % permutation.length];
  }

  /** Returns which of the epoch's images a position has: copies in a row have the same number. */
  int set(int position) {
    return position / repeats;
  }
}
