package io.github.deit4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.bench.measure.Contest.Contender;
import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.bench.measure.Measurement.Samples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContestTest {
  private static final long MILLISECOND = 1_000_000;

  private final List<String> calls = new ArrayList<>();

  /** Says to have taken so many milliseconds a call, and does nothing. */
  private Contender contender(String name, double... milliseconds) {
    return contender(name, false, milliseconds);
  }

  private Contender contender(String name, boolean rests, double... milliseconds) {
    return new Contender() {
      private int next;

      @Override
      public boolean rests() {
        return rests;
      }

      @Override
      public long time(int untimed, int times) {
        calls.add(untimed == 0 ? name + times : name + untimed + "+" + times);
        double each = milliseconds[Math.min(next++, milliseconds.length - 1)];
        return Math.round(times * each * MILLISECOND);
      }
    };
  }

  private static Effort effort(int samples, int sample, int total, int warmUp) {
    return new Effort(
        samples,
        Duration.ofMillis(sample),
        Duration.ofMillis(total),
        Duration.ofMillis(warmUp),
        1 << 20);
  }

  @Test
  void everyRoundBeginsWithAnother() {
    Contest.run(effort(3, 0, 0, 0), List.of(contender("a", 1), contender("b", 1)));
    assertThat(calls).containsExactly("a1", "b1", "a1", "b1", "b1", "a1", "a1", "b1");
  }

  @Test
  void shortWorkIsCalledSeveralTimesInASample() {
    List<Samples> samples =
        Contest.run(effort(2, 10, 0, 0), List.of(contender("a", 3), contender("b", 20)));
    assertThat(calls).containsExactly("a1", "b1", "a4", "b1", "b1", "a4");
    assertThat(samples.get(0).median()).isEqualTo(3);
    assertThat(samples.get(1).median()).isEqualTo(20);
  }

  @Test
  void oneLuckyCallDoesNotMakeSamplesLong() {
    Contest.run(effort(1, 10, 0, 20), List.of(contender("a", 1, 9, 1, 9, 1, 5)), () -> 0);
    // After the first they take 5 in the mean, so that two make a sample.
    assertThat(calls).containsExactly("a1", "a1", "a1", "a1", "a1", "a2");
  }

  @Test
  void whereOneRestsTheFirstTenthOfASecondIsNotCounted() {
    Contender slow = contender("b", true, 120);
    List<Samples> samples = Contest.run(effort(1, 30, 0, 0), List.of(contender("a", 20), slow));
    assertThat(calls).containsExactly("a1", "b1", "a5+2", "b1");
    assertThat(samples.getFirst().median()).isEqualTo(20);
  }

  @Test
  void samplingGoesOnUntilEnoughWasMeasured() {
    List<Samples> samples = Contest.run(effort(2, 0, 50, 0), List.of(contender("a", 10)));
    assertThat(samples.getFirst().milliseconds().size()).isEqualTo(5);
  }

  @Test
  void warmUpEndsWhenTheBestTimeNoLongerFalls() {
    Contest.run(effort(1, 0, 0, 10), List.of(contender("a", 40, 20, 5, 5, 5, 5)), () -> 0);
    // 40, 20, 5, then 5 and 5 that are no better, then the sample
    assertThat(calls).hasSize(6);
  }

  @Test
  void warmUpGoesOnWhileTheJvmCompiles() {
    long[] compiled = {0, 5, 5};
    int[] asked = {0};
    Contest.run(effort(1, 0, 0, 10), List.of(contender("a", 5)), () -> compiled[asked[0]++]);
    // 5, then 5 and 5 in which the JVM compiled for 5, then 5 and 5 in which it did not, the sample
    assertThat(calls).hasSize(6);
    assertThat(asked[0]).isEqualTo(compiled.length);
  }

  @Test
  void warmUpDoesNotWaitForever() {
    double[] falling = new double[100];
    for (int i = 0; i < falling.length; i++) {
      falling[i] = 10 * Math.pow(0.9, i);
    }
    Contest.run(effort(1, 0, 0, 4), List.of(contender("a", falling)), () -> 0);
    // 10 + 9 + 8.1 + … passes twenty times 4 with the sixteenth
    assertThat(calls).hasSize(17);
  }
}
