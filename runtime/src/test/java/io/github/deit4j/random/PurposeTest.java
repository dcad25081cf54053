package io.github.deit4j.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PurposeTest {
  /** A key is seed, number, epoch and position: unlike numbers can't meet, whatever the rest. */
  @Test
  void noTwoPurposesMeet() {
    Map<Integer, String> owners = new HashMap<>();
    for (Purpose purpose : Purpose.values()) {
      for (int index = 0; index < purpose.streams(); index++) {
        String stream = purpose + " " + index;
        int number = purpose.key(index, 0, 0, 0).purpose();
        assertThat(owners.put(number, stream)).as("%s has the number of", stream).isNull();
      }
    }
  }

  /** The number is all of a key that a purpose decides: seed, epoch and position are kept apart. */
  @ParameterizedTest
  @EnumSource
  void keysAreMadeOfWhatTheyName(Purpose purpose) {
    int last = purpose.streams() - 1;
    long[] seeds = {0, 7, -1, Long.MIN_VALUE, 1L << 32};
    int[] counts = {0, 1, 0x1000, 0x2000, Integer.MAX_VALUE};
    for (long seed : seeds) {
      for (int epoch : counts) {
        for (int position : counts) {
          StreamKey key = purpose.key(last, seed, epoch, position);
          int number = purpose.key(last, 0, 0, 0).purpose();
          assertThat(key).isEqualTo(new StreamKey(seed, number, epoch, position));
          assertThat(key.open().nextInt())
              .isEqualTo(new Philox(seed, number, epoch, position).nextInt());
          assertThat(purpose.stream(seed, epoch, position).nextInt())
              .isEqualTo(purpose.key(0, seed, epoch, position).open().nextInt());
        }
      }
    }
  }

  /** A run's numbers are decided by these; a change of one changes results. */
  @ParameterizedTest
  @CsvSource({
    "EPOCH_ORDER,1",
    "TRANSFORM,2",
    "ERASE,3",
    "MIX,4",
    "ERASE_NOISE,50",
    "DROP_PATH,4096",
    "INITIALIZATION,8192",
    "CONVNET_INITIALIZATION,12288",
    "DROPOUT,16384"
  })
  void numbersNeverChange(Purpose purpose, int first) {
    assertThat(purpose.key(0, 0, 0, 0).purpose()).isEqualTo(first);
  }

  /** A recipe may have 10 erased boxes, and 1000 blocks of two branches and three dropouts. */
  @Test
  void thereIsRoomForTheLargestRecipe() {
    assertThat(Purpose.ERASE_NOISE.streams()).isGreaterThanOrEqualTo(10);
    assertThat(Purpose.DROP_PATH.streams()).isGreaterThanOrEqualTo(2 * 1000);
    assertThat(Purpose.DROPOUT.streams()).isGreaterThanOrEqualTo(1 + 3 * 1000);
  }

  @ParameterizedTest
  @EnumSource
  void refusesStreamsOfTheNeighbour(Purpose purpose) {
    for (int index : new int[] {-1, purpose.streams()}) {
      assertThatThrownBy(() -> purpose.key(index, 0, 0, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(purpose.name())
          .hasMessageContaining("found " + index);
    }
  }
}
