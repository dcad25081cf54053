package io.github.deit4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EpochOrderTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 1000})
  void isAPermutation(int size) {
    assertThat(indices(new EpochOrder(size, 7, 3, 1)))
        .containsExactlyInAnyOrder(IntStream.range(0, size).toArray());
  }

  @Test
  void dependsOnSeedAndEpoch() {
    int[] order = indices(new EpochOrder(100, 7, 3, 1));
    assertThat(indices(new EpochOrder(100, 7, 3, 1))).isEqualTo(order);
    assertThat(indices(new EpochOrder(100, 8, 3, 1))).isNotEqualTo(order);
    assertThat(indices(new EpochOrder(100, 7, 4, 1))).isNotEqualTo(order);
  }

  @Test
  void neverChanges() {
    assertThat(indices(new EpochOrder(10, 0, 0, 1))).containsExactly(5, 6, 1, 7, 9, 2, 0, 3, 8, 4);
  }

  @Test
  void everyPlaceIsEquallyLikely() {
    int[] firsts = new int[5];
    for (int epoch = 0; epoch < 5000; epoch++) {
      firsts[new EpochOrder(5, 1, epoch, 1).index(0)]++;
    }
    // Five standard deviations of a binomial with 5000 trials of 1/5 are 141.
    for (int count : firsts) {
      assertThat(count).isBetween(1000 - 141, 1000 + 141);
    }
  }

  @Test
  void repeatsFollowEachOtherAndTheLengthStays() {
    int[] plain = indices(new EpochOrder(7, 7, 3, 1));
    int[] repeated = indices(new EpochOrder(7, 7, 3, 3));
    assertThat(repeated)
        .containsExactly(plain[0], plain[0], plain[0], plain[1], plain[1], plain[1], plain[2]);
  }

  @Test
  void substitutesWrapAround() {
    var order = new EpochOrder(5, 7, 3, 1);
    assertThat(order.substitute(4, 0)).isEqualTo(order.index(4));
    assertThat(order.substitute(4, 2)).isEqualTo(order.index(1));
  }

  /** Six of the first class, two of the second, none of the third, one of the last. */
  private static EpochOrder balanced(long seed, int epoch) {
    return EpochOrder.balanced(new int[] {0, 0, 1, 0, 3, 0, 0, 1, 0}, 4, seed, epoch, 1);
  }

  @Test
  void aBalancedEpochHasEachClassEquallyOften() {
    boolean[] seen = new boolean[9];
    for (int epoch = 0; epoch < 50; epoch++) {
      List<Integer> order = IntStream.of(indices(balanced(7, epoch))).boxed().toList();
      assertThat(order).hasSize(9);
      assertThat(order).filteredOn(i -> i == 4).as("the only one of its class").hasSize(3);
      assertThat(order).filteredOn(i -> i == 2 || i == 7).hasSize(3).contains(2, 7);
      assertThat(order).filteredOn(i -> i != 2 && i != 4 && i != 7).doesNotHaveDuplicates();
      order.forEach(i -> seen[i] = true);
    }
    assertThat(seen).as("nothing is left out for ever").doesNotContain(false);
  }

  @Test
  void aBalancedEpochDependsOnSeedAndEpochAndNeverChanges() {
    int[] order = indices(balanced(7, 3));
    assertThat(indices(balanced(7, 3))).isEqualTo(order);
    assertThat(indices(balanced(8, 3))).isNotEqualTo(order);
    assertThat(indices(balanced(7, 4))).isNotEqualTo(order);
    assertThat(order).containsExactly(4, 2, 2, 4, 6, 4, 5, 7, 0);
  }

  @Test
  void whatDoesNotDivideGoesToSomeClass() {
    EpochOrder order = EpochOrder.balanced(new int[] {0, 1, 0, 0}, 2, 1, 1, 2);
    assertThat(indices(order)).hasSize(4);
    assertThat(indices(EpochOrder.balanced(new int[] {0, 1, 2, 2, 2}, 3, 1, 1, 1))).hasSize(5);
  }

  private static int[] indices(EpochOrder order) {
    return IntStream.range(0, order.size()).map(order::index).toArray();
  }
}
