package io.github.deit4j.data;

import static org.assertj.core.api.Assertions.assertThat;

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

  private static int[] indices(EpochOrder order) {
    return IntStream.range(0, order.size()).map(order::index).toArray();
  }
}
