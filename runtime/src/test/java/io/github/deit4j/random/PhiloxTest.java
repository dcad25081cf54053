package io.github.deit4j.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PhiloxTest {
  private static final long SEED = 0x5eed_cafe_0123_4567L;
  private static final int DRAWS = 100_000;

  /** The known answers published with Random123 for philox4x32 with ten rounds. */
  @Test
  void knownAnswers() {
    assertThat(block(0, 0, 0, 0, 0, 0))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(block(-1, -1, -1, -1, -1, -1))
        .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertThat(block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  private static int[] block(int c0, int c1, int c2, int c3, int k0, int k1) {
    int[] out = new int[4];
    Philox.generate(c0, c1, c2, c3, k0, k1, out);
    return out;
  }

  @Test
  void streamIsTheBlocksOfItsCounterInOrder() {
    var stream = new Philox(SEED, 3, 5, 7);
    for (int index = 0; index < 3; index++) {
      for (int word : block(index, 3, 5, 7, (int) SEED, (int) (SEED >>> 32))) {
        assertThat(stream.nextInt()).isEqualTo(word);
      }
    }
  }

  @Test
  void sameNameGivesTheSameNumbers() {
    var one = new Philox(SEED, 1, 2, 3);
    var other = new Philox(SEED, 1, 2, 3);
    for (int i = 0; i < 100; i++) {
      assertThat(one.nextInt()).isEqualTo(other.nextInt());
      assertThat(one.nextInt(1000)).isEqualTo(other.nextInt(1000));
      assertThat(one.nextFloat()).isEqualTo(other.nextFloat());
      assertThat(one.nextDouble()).isEqualTo(other.nextDouble());
      assertThat(one.nextGaussian()).isEqualTo(other.nextGaussian());
    }
  }

  @Test
  void everyPartOfTheNameMakesAnotherStream() {
    Set<Long> first = new HashSet<>();
    int streams = 0;
    for (long seed : new long[] {0, 1, 1L << 32, -1}) {
      for (int purpose = 0; purpose < 3; purpose++) {
        for (int epoch = 0; epoch < 3; epoch++) {
          for (int position = 0; position < 100; position++, streams++) {
            var stream = new Philox(seed, purpose, epoch, position);
            first.add(((long) stream.nextInt() << 32) ^ Integer.toUnsignedLong(stream.nextInt()));
          }
        }
      }
    }
    assertThat(first).hasSize(streams);
  }

  @Test
  void neighbouringStreamsAreUncorrelated() {
    double sum = 0;
    for (int i = 0; i < DRAWS; i++) {
      double here = new Philox(SEED, 0, 0, i).nextDouble() - 0.5;
      double next = new Philox(SEED, 0, 0, i + 1).nextDouble() - 0.5;
      sum += here * next;
    }
    // The product of two uniform numbers has a standard deviation of 1/12.
    assertThat(12 * sum / Math.sqrt(DRAWS)).isBetween(-4.0, 4.0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 10, 100})
  void boundedNumbersAreUniform(int bound) {
    var stream = new Philox(SEED, bound, 0, 0);
    int[] counts = new int[bound];
    for (int i = 0; i < DRAWS; i++) {
      counts[stream.nextInt(bound)]++;
    }
    double expected = (double) DRAWS / bound;
    double chiSquared = 0;
    for (int count : counts) {
      chiSquared += (count - expected) * (count - expected) / expected;
    }
    int freedom = bound - 1;
    assertThat(chiSquared).isBetween(freedom - 4 * Math.sqrt(2 * freedom) - 1e-9, likely(freedom));
  }

  /** The mean of the chi-squared distribution and five standard deviations more. */
  private static double likely(int freedom) {
    return freedom + 5 * Math.sqrt(2 * freedom) + 1e-9;
  }

  /** Plain remainders or plain multiplication would give the lower third twice as often. */
  @Test
  void largeBoundsAreUniform() {
    int bound = 3 << 29;
    var stream = new Philox(SEED, 0, 0, 0);
    int[] thirds = new int[3];
    for (int i = 0; i < DRAWS; i++) {
      thirds[stream.nextInt(bound) >>> 29]++;
    }
    double deviation = Math.sqrt(DRAWS * (1 / 3.0) * (2 / 3.0));
    for (int count : thirds) {
      assertThat((double) count).isCloseTo(DRAWS / 3.0, within(4 * deviation));
    }
  }

  @Test
  void refusesBoundsThatAreNotPositive() {
    var stream = new Philox(SEED, 0, 0, 0);
    for (int bound : new int[] {0, -1, Integer.MIN_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> stream.nextInt(bound))
          .withMessageContaining("bound")
          .withMessageContaining(Integer.toString(bound));
    }
  }

  @Test
  void floatsAndDoublesFillTheUnitInterval() {
    var stream = new Philox(SEED, 0, 0, 0);
    double floats = 0;
    double doubles = 0;
    for (int i = 0; i < DRAWS; i++) {
      float f = stream.nextFloat();
      double d = stream.nextDouble();
      assertThat(f).isGreaterThanOrEqualTo(0f).isLessThan(1f);
      assertThat(d).isGreaterThanOrEqualTo(0).isLessThan(1);
      floats += f;
      doubles += d;
    }
    double deviation = 4 / Math.sqrt(12.0 * DRAWS);
    assertThat(floats / DRAWS).isCloseTo(0.5, within(deviation));
    assertThat(doubles / DRAWS).isCloseTo(0.5, within(deviation));
  }

  @Test
  void gaussiansHaveTheNormalMoments() {
    var stream = new Philox(SEED, 0, 0, 0);
    double[] moments = new double[5];
    for (int i = 0; i < DRAWS; i++) {
      double x = stream.nextGaussian();
      for (int power = 1; power < moments.length; power++) {
        moments[power] += Math.pow(x, power) / DRAWS;
      }
    }
    // Standard deviations of the moments: the roots of 1, 2, 15 and 96 by the root of the draws.
    double unit = 4 / Math.sqrt(DRAWS);
    assertThat(moments[1]).isCloseTo(0, within(unit));
    assertThat(moments[2]).isCloseTo(1, within(unit * Math.sqrt(2)));
    assertThat(moments[3]).isCloseTo(0, within(unit * Math.sqrt(15)));
    assertThat(moments[4]).isCloseTo(3, within(unit * Math.sqrt(96)));
  }
}
