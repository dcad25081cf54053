package io.github.deit4j.data;

import io.github.deit4j.random.Philox;
import io.github.deit4j.random.Purpose;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

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

  private EpochOrder(int[] permutation, int repeats) {
    this.permutation = permutation;
    this.repeats = repeats;
  }

  /**
   * Draws as many images as there are, of each class equally often: of a large one a part, of a
   * small one all, some of them again. Depends on labels, seed and epoch only.
   *
   * @param labels of the images, each of 0 to classes − 1
   * @param repeats how many times in a row an index comes
   */
  static EpochOrder balanced(int[] labels, int classes, long seed, int epoch, int repeats) {
    List<List<Integer>> images = new ArrayList<>();
    for (int label = 0; label < classes; label++) {
      images.add(new ArrayList<>());
    }
    for (int i = 0; i < labels.length; i++) {
      images.get(labels[i]).add(i);
    }
    int[] present = IntStream.range(0, classes).filter(c -> !images.get(c).isEmpty()).toArray();
    int[] order = shuffled(present.length, Purpose.CLASS_BALANCE.stream(seed, epoch, 0));
    int[] chosen = new int[labels.length];
    int count = 0;
    for (int i = 0; i < present.length; i++) {
      int label = present[order[i]];
      List<Integer> own = images.get(label);
      int[] turn = shuffled(own.size(), Purpose.CLASS_BALANCE.stream(seed, epoch, label + 1));
      int share = (labels.length - count) / (present.length - i);
      for (int k = 0; k < share; k++) {
        chosen[count++] = own.get(turn[k % turn.length]);
      }
    }
    int[] places = shuffled(labels.length, Purpose.EPOCH_ORDER.stream(seed, epoch, 0));
    return new EpochOrder(IntStream.of(places).map(place -> chosen[place]).toArray(), repeats);
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
